/* A parallel loop over two threads. */
#include <omp.h>
#include <stdio.h>

int main(void)
{
	long sum = 0;
	int threads = 0;

#pragma omp parallel num_threads(2)
	{
#pragma omp single
		threads = omp_get_num_threads();
#pragma omp for reduction(+ : sum)
		for (long i = 0; i < 1000000; i++)
			sum += i;
	}
	if (threads != 2)
		printf("%d threads, wanted 2\n", threads);
	printf("sum %ld\n", sum);
	return 0;
}
