// The library of the C++ test.
#include <cstdio>
#include <cstring>
#include <future>
#include <thread>
#include <unistd.h>
#include "cxx.h"

static int guards, cleaned;

struct Guard {
	~Guard() { guards++; }
};

static std::vector<std::string> names{"square", "disc"};

struct Square : Shape {
	double side;
	explicit Square(double s) : side(s) {}
	double area() const override { return side * side; }
	const char *name() const override { return names[0].c_str(); }
};

struct Disc : Shape {
	double radius;
	explicit Disc(double r) : radius(r) {}
	double area() const override { return 3 * radius * radius; }
	const char *name() const override
	{
		static std::string all = names[1] + " with a name that is longer than fifteen bytes";

		return all.c_str();
	}
};

Shape *lib_shape(int kind, double size)
{
	if (kind == 0)
		return new Square(size);
	return new Disc(size);
}

double lib_measure(const Shape *shape)
{
	return shape->area();
}

void lib_visit(Visitor *visitor, int n)
{
	Guard guard;

	for (int i = 0; i < n; i++)
		visitor->visit(i);
}

void lib_throw(int kind)
{
	Guard guard;

	switch (kind) {
	case 0: throw 42;
	case 1: throw std::runtime_error("a message that is longer than fifteen bytes");
	case 2: throw Custom(7);
	case 3: throw std::out_of_range("range");
	case 4: throw "text";
	case 5: names.at(1000); break;
	case 6: throw std::bad_alloc();
	}
}

int lib_catch(void (*thrower)(int), int kind)
{
	Guard guard;

	try {
		thrower(kind);
	} catch (const std::exception &e) {
		return 1000 + static_cast<int>(std::strlen(e.what()));
	} catch (const Custom &custom) {
		return 2000 + custom.code;
	} catch (int n) {
		return 3000 + n;
	} catch (...) {
		return 4000;
	}
	return 0;
}

void lib_pass(void (*thrower)(int), int kind)
{
	Guard guard;

	try {
		thrower(kind);
	} catch (const std::logic_error &) {
		throw;
	}
}

int lib_guards()
{
	return guards;
}

void lib_exception_pointer(std::exception_ptr *pointer)
{
	try {
		throw std::runtime_error("kept");
	} catch (...) {
		*pointer = std::current_exception();
	}
}

std::string *lib_string(int n)
{
	return new std::string(static_cast<size_t>(n), 'x');
}

int lib_in_thread(int n)
{
	std::future<int> result = std::async(std::launch::async, [n] {
		if (n < 0)
			throw std::runtime_error("in a thread of the library's");
		return n * n;
	});

	return result.get();
}

struct Cleaner {
	~Cleaner() { cleaned++; }
};

void lib_wait_for_cancel(int fd)
{
	Cleaner cleaner;
	char byte;

	if (read(fd, &byte, 1) < 0)
		perror("read");
}

int lib_cleaned()
{
	return cleaned;
}

int lib_static()
{
	static std::string text = "made on first use, longer than fifteen bytes";

	return static_cast<int>(text.size());
}
