/* Exceptions: through frames, threads, C callbacks, and destructors on the way. */
// test: cflags=-pthread smp=2
#include <cstdlib>
#include <exception>
#include <functional>
#include <future>
#include <new>
#include <stdexcept>
#include <string>
#include <thread>
#include <typeinfo>
#include <vector>
#include "check.h"

static int destroyed;

struct Guard {
	~Guard() { destroyed++; }
};

struct Derived : std::runtime_error {
	explicit Derived(int value) : std::runtime_error("derived"), number(value) {}
	int number;
};

static void __attribute__((noinline)) deep(int depth)
{
	Guard guard;

	if (depth == 0)
		throw Derived(7);
	deep(depth - 1);
}

static void __attribute__((noinline)) refuses() noexcept(false)
{
	try {
		deep(3);
	} catch (const std::logic_error &) {
		report(false, "a handler of another type must not run");
	}
}

static int compare_throws(const void *, const void *)
{
	throw std::string("from a callback");
}

int main()
{
	try {
		deep(100);
		report(false, "the throw unwinds");
	} catch (const std::exception &error) {
		const Derived *derived = dynamic_cast<const Derived *>(&error);
		report(derived && derived->number == 7, "caught by the base class, dynamic type kept");
		report(destroyed == 101, "every frame's destructor ran once");
	}

	try {
		refuses();
		report(false, "the rethrow leaves the function");
	} catch (const Derived &) {
		report(true, "a frame without a matching handler is passed");
	}

	try {
		int numbers[] = { 2, 1 };
		qsort(numbers, 2, sizeof(int), compare_throws);
		report(false, "the callback throws");
	} catch (const std::string &text) {
		report(text == "from a callback", "an exception crosses libc's qsort()");
	}

	try {
		try {
			throw 1;
		} catch (int) {
			std::throw_with_nested(std::runtime_error("outer"));
		}
	} catch (const std::exception &error) {
		int inner = 0;
		try {
			std::rethrow_if_nested(error);
		} catch (int number) {
			inner = number;
		}
		report(inner == 1, "nested exceptions");
	}

	std::exception_ptr kept;
	std::thread thrower([&kept] {
		try {
			deep(10);
		} catch (...) {
			kept = std::current_exception();
		}
	});
	thrower.join();
	try {
		std::rethrow_exception(kept);
	} catch (const Derived &error) {
		report(error.number == 7, "exception_ptr moves an exception between threads");
	}

	auto result = std::async(std::launch::async, [] { deep(5); return 1; });
	try {
		result.get();
		report(false, "future::get() throws");
	} catch (const Derived &) {
		report(true, "an exception crosses a future");
	}

	std::vector<std::thread> threads;
	std::vector<int> counts(8);
	for (int t = 0; t < 8; t++)
		threads.emplace_back([t, &counts] {
			for (int i = 0; i < 200; i++)
				try {
					if (i % 2)
						throw i;
					throw std::string(40, 'x');
				} catch (int) {
					counts[t]++;
				} catch (const std::string &) {
					counts[t] += 1000;
				}
		});
	for (auto &thread : threads)
		thread.join();
	bool all = true;
	for (int count : counts)
		all = all && count == 100100;
	report(all, "eight threads throw and catch at once");

	try {
		volatile size_t much = static_cast<size_t>(1) << 62;
		void *memory = ::operator new(much);
		report(memory == nullptr, "impossible new");
	} catch (const std::bad_alloc &) {
		report(true, "new throws bad_alloc");
	}
	return report_summary();
}
