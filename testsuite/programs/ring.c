/* The program runs in ring 0 on the target and in ring 3 everywhere else. */
#include "check.h"

int main(void)
{
	unsigned short cs, ss;

	__asm__("mov %%cs, %0\n\tmov %%ss, %1" : "=r"(cs), "=r"(ss));
#ifdef __ukl__
	report((cs & 3) == 0 && (ss & 3) == 0, "the program's ring is as built for");
#else
	report((cs & 3) == 3 && (ss & 3) == 3, "the program's ring is as built for");
#endif
	return report_summary();
}
