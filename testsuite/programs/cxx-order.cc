/* Static constructors and destructors, init_priority, atexit(): the order is the output. */
#include <cstdio>
#include <cstdlib>

namespace {

struct Trace {
	explicit Trace(const char *trace_name) : name(trace_name) { std::printf("construct %s\n", name); }
	~Trace() { std::printf("destroy %s\n", name); }
	const char *name;
};

Trace first("first");
Trace second("second");
__attribute__((init_priority(300))) Trace late("priority 300");
__attribute__((init_priority(200))) Trace early("priority 200");

Trace &on_demand()
{
	static Trace local("function's own");
	return local;
}

__attribute__((constructor)) void constructor()
{
	std::puts("constructor attribute");
}

__attribute__((destructor)) void destructor()
{
	std::puts("destructor attribute");
	std::fflush(stdout);
}

void at_exit()
{
	std::puts("atexit");
}

}

int main()
{
	std::puts("main");
	std::atexit(at_exit);
	on_demand();
	on_demand();
	return 0;
}
