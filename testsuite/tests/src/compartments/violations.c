/* What compartments are refused, and how it looks. argv[1] names the case. */
#define _GNU_SOURCE
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <ukl/compartment.h>
#include "violations.h"

char main_secret[] = "main's secret";
static sigjmp_buf back;
static volatile int seen, writes, by, owner;
static void *volatile where;
static char function[50];

static void on_fault(int signo, siginfo_t *info, void *context)
{
	(void)context;
	printf("signal %d code %d key %d address %s, handler in %s\n", signo, info->si_code, (int)info->si_pkey,
	       info->si_addr == main_secret ? "main_secret" : "another",
	       ukl_compartment_name(ukl_compartment_self()));
	siglongjmp(back, 1);
}

static int settle(const struct ukl_violation *violation, void *context)
{
	greg_t *regs = ((ucontext_t *)context)->uc_mcontext.gregs;

	seen++;
	by = violation->by;
	owner = violation->owner;
	writes = violation->write;
	where = violation->address;
	if (violation->function)
		strncpy(function, violation->function, sizeof(function) - 1);
	/* Read what the compartment may read instead. */
	regs[REG_RAX] = regs[REG_RDI] = (greg_t)lib_open;
	return 1;
}

static int give_up(const struct ukl_violation *violation, void *context)
{
	(void)violation;
	(void)context;
	seen++;
	return 0;
}

static void refused(const char *what, int failed, int error)
{
	printf("%s: %s\n", what, !failed ? "done" : errno == error ? "refused" : strerror(errno));
	errno = 0;
}

static int run(const char *what)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	void *page;

	if (!strcmp(what, "read"))
		return lib_read(main_secret);
	if (!strcmp(what, "write"))
		lib_write(main_secret);
	if (!strcmp(what, "heap"))
		return lib_read(strcpy(malloc(20), "heap"));
	if (!strcmp(what, "stack")) {
		char local[] = "local";

		return lib_read(local);
	}
	if (!strcmp(what, "inner"))
		return lib_inner(main_secret);
	if (!strcmp(what, "libc"))
		return lib_copy(main_secret, 5);
	if (!strcmp(what, "free"))
		lib_free(malloc(100));
	if (!strcmp(what, "vault"))
		return *(volatile char *)vault_secret();
	if (!strcmp(what, "vault-heap"))
		return *(volatile char *)vault_memory();
	if (!strcmp(what, "lib-vault"))
		return lib_read(vault_secret());
	if (!strcmp(what, "header"))
		lib_write((char *)__builtin_thread_pointer() - 0x2000);
	if (!strcmp(what, "overflow"))
		return lib_overflow(1000000);
	if (!strcmp(what, "handler")) {
		sigaction(SIGSEGV, &action, NULL);
		for (volatile int i = 0; i < 3; i++)
			if (sigsetjmp(back, 1) == 0)
				lib_read(main_secret);
		return lib_add(1, 2) == 3 ? 0 : 1;
	}
	if (!strcmp(what, "settle")) {
		ukl_on_violation(settle);
		printf("read %d\n", lib_read(main_secret));
		printf("seen %d by %s owner %s write %d address %d in %s\n", seen, ukl_compartment_name(by),
		       ukl_compartment_name(owner), writes, where == main_secret, function);
		return 0;
	}
	if (!strcmp(what, "give-up")) {
		ukl_on_violation(give_up);
		return lib_read(main_secret);
	}
	if (!strcmp(what, "middle"))
		/* Where a gate goes when a check fails. */
		((void (*)(void))memmem(lib_gate(), 2000, "\x0f\x0b", 2))();
	if (!strcmp(what, "grant")) {
		page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		strcpy(page, "granted");
		if (ukl_grant(page, 4096, ukl_compartment_find("lib")) != 0 || ukl_grant((char *)page + 4096, 4096, UKL_COMPARTMENT_MAIN))
			return 2;
		printf("granted: %c\n", lib_read(page));
		if (ukl_revoke(page, 4096) != 0)
			return 3;
		printf("still mine: %s\n", (char *)page);
		fflush(stdout);
		return lib_read(page);
	}
	if (!strcmp(what, "api")) {
		int id = ukl_compartment_find("lib"), vault = ukl_compartment_find("vault");

		printf("self %s, lib says %s, vault says %s\n", ukl_compartment_name(ukl_compartment_self()),
		       ukl_compartment_name(lib_self()), ukl_compartment_name(vault_self()));
		errno = 0;
		printf("nobody %d", ukl_compartment_find("nobody"));
		printf(" %d, %s\n", errno == ENOENT, ukl_compartment_name(12) ? "named" : "no name");
		printf("of: main %d lib %d shared %d stack %d text %d\n", ukl_compartment_of(main_secret) == 1,
		       ukl_compartment_of(lib_counter_address()) == id, ukl_compartment_of(stdout) == 0,
		       ukl_compartment_of(&id) == 1, ukl_compartment_of(malloc(10)) == 1);
		printf("may: %d %d %d %d %d %d\n", ukl_compartment_may(1, id, 1), ukl_compartment_may(id, 1, 0),
		       ukl_compartment_may(vault, 1, 1), ukl_compartment_may(1, vault, 0),
		       ukl_compartment_may(id, vault, 0), ukl_compartment_may(vault, id, 1));
		page = ukl_malloc_for(id, 100);
		strcpy(page, "for lib");
		printf("for lib: %c, of %d\n", lib_read(page), ukl_compartment_of(page) == id);
		free(page);
		refused("memory for the vault", ukl_malloc_for(vault, 10) == NULL, EPERM);
		refused("memory for nobody", ukl_malloc_for(99, 10) == NULL, EINVAL);
		refused("half a page", ukl_grant(main_secret + 1, 4096, id) == -1, EINVAL);
		page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		refused("a page for the vault", ukl_grant(page, 4096, vault) == -1, EPERM);
		munmap(page, 4096);
		refused("a page that is not there", ukl_grant(page, 4096, id) == -1, ENOMEM);
		lib_free(page = lib_memory());
		return 0;
	}
	return 9;
}

int main(int argc, char **argv)
{
	int status = argc > 1 ? run(argv[1]) : 8;

	printf("end %d\n", status);
	return status;
}
