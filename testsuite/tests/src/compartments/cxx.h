// What main and the library of the C++ test know of each other.
#ifndef CXX_H
#define CXX_H

#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

struct Custom {
	int code;
	char text[20];
	explicit Custom(int n);
	~Custom();
	Custom(const Custom &);
	static int alive;
};

struct Shape {
	virtual ~Shape() {}
	virtual double area() const = 0;
	virtual const char *name() const { return "shape"; }
};

struct Visitor {
	virtual ~Visitor() {}
	virtual void visit(int n) = 0;
};

Shape *lib_shape(int kind, double size);
double lib_measure(const Shape *shape);
void lib_visit(Visitor *visitor, int n);
void lib_throw(int kind);
int lib_catch(void (*thrower)(int), int kind);
void lib_pass(void (*thrower)(int), int kind);
int lib_guards();
void lib_exception_pointer(std::exception_ptr *);
std::string *lib_string(int n);
int lib_thrower_in_destructor_order(void (*log)(const char *));
int lib_in_thread(int n);
void lib_wait_for_cancel(int fd);
int lib_cleaned();
int lib_static();

#endif
