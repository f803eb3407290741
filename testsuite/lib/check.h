/* Report lines for test programs: testsuite/run compares them between the
 * host's build of a program and the target's.
 *
 *   report(cond, "what holds")   one line, "ok - what holds" or "not ok - ..."
 *   skip("what holds", "why")    the machine lacks what the case needs: the host
 *                                may, the target must not
 *   return report_summary();     at the end of main(): 0 when all held
 *
 * Call them from one thread of the first process only; lines that start with
 * '#' (note()) are for the reader and are not compared. */
#ifndef CHECK_H
#define CHECK_H

#include <stdarg.h>
#include <stdio.h>

static int check_count;
static int check_failed;

static inline void __attribute__((format(printf, 1, 2))) note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("# ", stdout);
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
	va_end(args);
}

/* Each line is flushed: a forked child must not inherit and repeat it. */
static inline void __attribute__((format(printf, 2, 3))) report(int holds, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs(holds ? "ok - " : "not ok - ", stdout);
	vprintf(format, args);
	putchar('\n');
	fflush(stdout);
	va_end(args);
	check_count++;
	check_failed += !holds;
}

static inline void skip(const char *what, const char *why)
{
	printf("ok - %s # SKIP %s\n", what, why);
	fflush(stdout);
	check_count++;
}

/* The machine lacks what the whole program needs: return skip_all("why"); */
static inline int skip_all(const char *why)
{
	printf("1..0 # SKIP %s\n", why);
	return fflush(stdout) != 0;
}

static inline int report_summary(void)
{
	printf("1..%d\n", check_count);
	return fflush(stdout) != 0 || check_failed != 0;
}

#endif
