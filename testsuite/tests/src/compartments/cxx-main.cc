// Exceptions, virtual calls, constructors and threads of C++ over a boundary.
#include <cstdio>
#include <cstring>
#include <iostream>
#include <pthread.h>
#include <thread>
#include <unistd.h>
#include "cxx.h"
#ifdef __ukl__
# include <ukl/compartment.h>
#else
# define UKL_SHARED
#endif

int Custom::alive;

Custom::Custom(int n) : code(n)
{
	strcpy(text, "custom");
	alive++;
}

Custom::Custom(const Custom &other) : code(other.code)
{
	strcpy(text, other.text);
	alive++;
}

Custom::~Custom()
{
	alive--;
}

static int unwound;

struct Unwound {
	~Unwound() { unwound++; }
};

static void main_throw(int kind)
{
	Unwound guard;

	switch (kind) {
	case 0: throw 43;
	case 1: throw std::runtime_error("another message that is longer than fifteen bytes");
	case 2: throw 1.5;
	case 3: throw std::logic_error("logic");
	case 4: lib_throw(0); break;
	case 5: lib_throw(1); break;
	}
}

static void caught_from(void (*thrower)(int), int kind)
{
	Unwound guard;

	try {
		thrower(kind);
		printf("kind %d: nothing thrown\n", kind);
	} catch (const std::out_of_range &e) {
		printf("kind %d: out_of_range %s\n", kind, strncmp(e.what(), "vector", 6) ? e.what() : "vector");
	} catch (const std::logic_error &e) {
		printf("kind %d: logic_error %s\n", kind, e.what());
	} catch (const std::exception &e) {
		printf("kind %d: exception %s\n", kind, e.what());
	} catch (const Custom &c) {
		printf("kind %d: Custom %d %s\n", kind, c.code, c.text);
	} catch (int n) {
		printf("kind %d: int %d\n", kind, n);
	} catch (const char *text) {
		printf("kind %d: text %s\n", kind, text);
	} catch (...) {
		printf("kind %d: something\n", kind);
	}
}

static void passes(int kind)
{
	lib_pass(main_throw, kind);
}

struct Counter : Visitor {
	int sum = 0, limit;
	explicit Counter(int l) : limit(l) {}
	void visit(int n) override
	{
		if (n == limit)
			throw Custom(n);
		sum += n;
	}
};

static int deep(int depth)
{
	Unwound guard;

	if (depth == 0)
		throw Custom(99);
	Counter counter(-1);
	lib_visit(&counter, 1);
	struct Deeper : Visitor {
		int depth;
		void visit(int) override { deep(depth - 1); }
	} deeper;
	deeper.depth = depth;
	lib_visit(&deeper, 1);
	return 0;
}

static int ends[2];

static void *waits(void *)
{
	Unwound guard;

	lib_wait_for_cancel(ends[0]);
	return nullptr;
}

static void *exits(void *)
{
	Unwound guard;
	struct Exit : Visitor {
		void visit(int) override { pthread_exit(reinterpret_cast<void *>(5)); }
	} leave;

	lib_visit(&leave, 1);
	return nullptr;
}

UKL_SHARED static std::exception_ptr kept{};

int main()
{
	std::unique_ptr<Shape> square(lib_shape(0, 3)), disc(lib_shape(1, 2));
	pthread_t thread;
	void *result;
	Counter counter(100);

	printf("areas %g %g %g\n", square->area(), disc->area(), lib_measure(disc.get()));
	std::cout << square->name() << ", " << disc->name() << std::endl;
	printf("string %zu static %d\n", std::unique_ptr<std::string>(lib_string(100))->size(), lib_static());
	lib_visit(&counter, 10);
	printf("visited %d\n", counter.sum);

	for (int kind = 0; kind < 8; kind++)
		caught_from(lib_throw, kind);
	for (int kind = 0; kind < 7; kind++)
		caught_from(passes, kind);
	for (int kind = 0; kind < 7; kind++)
		printf("caught in the library: %d\n", lib_catch(main_throw, kind));
	for (int kind = 0; kind < 3; kind++)
		printf("thrown and caught there: %d\n", lib_catch(lib_throw, kind));
	counter.limit = 5;
	try {
		lib_visit(&counter, 10);
	} catch (const Custom &c) {
		printf("visitor threw %d, sum %d\n", c.code, counter.sum);
	}
	try {
		deep(20);
	} catch (const Custom &c) {
		printf("from the depth: %d\n", c.code);
	}
	for (int i = 0; i < 1000; i++) {
		try {
			lib_throw(2);
		} catch (const Custom &) {
		}
	}
	printf("guards %d, unwound %d, alive %d, uncaught %d\n", lib_guards(), unwound, Custom::alive,
	       std::uncaught_exceptions());

	lib_exception_pointer(&kept);
	try {
		std::rethrow_exception(kept);
	} catch (const std::runtime_error &e) {
		printf("rethrown: %s\n", e.what());
	}
	kept = nullptr;

	printf("async %d\n", lib_in_thread(9));
	try {
		lib_in_thread(-1);
	} catch (const std::exception &e) {
		printf("async threw: %s\n", e.what());
	}
	std::thread worker([] { printf("in a thread: %d\n", lib_catch(lib_throw, 1)); });
	worker.join();

	if (pipe(ends) != 0)
		return 1;
	pthread_create(&thread, nullptr, waits, nullptr);
	usleep(100 * 1000);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	printf("cancelled %d, cleaned %d, unwound %d\n", result == PTHREAD_CANCELED, lib_cleaned(), unwound);
	pthread_create(&thread, nullptr, exits, nullptr);
	pthread_join(thread, &result);
	printf("pthread_exit %ld, guards %d, unwound %d\n", reinterpret_cast<long>(result), lib_guards(), unwound);
	return 0;
}
