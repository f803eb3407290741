/*
 * ukl/compartment.h - compartments, seen from the program
 *
 * A compartment is a set of object files that ld was told to keep apart
 * (-Wl,--compartment=NAME=PATTERN,... or -Wl,--compartment-policy=FILE). Its static data,
 * heap and stacks have a protection key of their own; calls between
 * compartments go through gates that ld makes. Nothing in this header is needed
 * for that: it is for programs that share memory on purpose or want to know.
 *
 * All functions may be called from any compartment and any thread, and, unless
 * said otherwise, from signal handlers. Those that fail set errno. In a program without
 * compartments, linked with -lukl_compartment, and in one that was started
 * unprotected (ukl_compartments=off), they work and say that there is one
 * compartment, UKL_COMPARTMENT_SHARED, to which all memory belongs.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef UKL_COMPARTMENT_H
#define UKL_COMPARTMENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Ids. A compartment's id is the protection key of its memory: 2 to 12 are those that
 * the link named, in the order of their first mention.
 */
#define UKL_COMPARTMENT_SHARED 0	/* memory that all may write; libc's data */
#define UKL_COMPARTMENT_MAIN 1		/* whatever the link did not name */
#define UKL_COMPARTMENT_RUNTIME 13	/* gates and the runtime's own */

/*
 * UKL_SHARED: in the declaration of a variable, puts it into memory that all compartments
 * may read and write.
 *
 *	UKL_SHARED struct ring requests;
 *
 * UKL_GATE, UKL_NOGATE: in the declaration of a function, allow or forbid calls from other
 * compartments whatever the policy's `enter' lines say; ld refuses the forbidden ones.
 */
#ifdef __has_attribute
# if __has_attribute(ukl_shared)
#  define UKL_SHARED __attribute__((ukl_shared))
# endif
# if __has_attribute(ukl_gate)
#  define UKL_GATE __attribute__((ukl_gate))
#  define UKL_NOGATE __attribute__((ukl_nogate))
# endif
#endif
#ifndef UKL_SHARED
# define UKL_SHARED __attribute__((section(".ukl.shared.data")))
#endif
#ifndef UKL_GATE
# define UKL_GATE
# define UKL_NOGATE
#endif

/*
 * ukl_compartment_self - the id of the compartment that is running
 *
 * Transparent code (libc, libstdc++) runs as its caller.
 */
int ukl_compartment_self(void);

/*
 * ukl_compartment_name - the name that the link gave to a compartment
 * @id: an id
 *
 * Returns a string that is valid for ever, or NULL for an id that is not in use.
 */
const char *ukl_compartment_name(int id);

/*
 * ukl_compartment_find - the id of the compartment with this name
 * @name: as on the link's command line; "main" and "shared" are known too
 *
 * Returns -1 with errno ENOENT if there is none.
 */
int ukl_compartment_find(const char *name);

/*
 * ukl_compartment_of - whose memory is it?
 * @address: any address
 *
 * Knows static data, memory from malloc and this thread's stacks. Returns -1 for
 * others, such as mappings of the program's own, and does not see what ukl_grant()
 * has changed.
 */
int ukl_compartment_of(const void *address);

/*
 * ukl_compartment_may - do the rights of a compartment reach another's memory?
 * @id: who
 * @owner: whose memory
 * @write: 0 asks about reading, anything else about writing
 *
 * Returns 1 or 0. By default main may write untrusted compartments' memory,
 * trusted ones main's and untrusted ones', all may write what is shared, and
 * nobody else's; the link's policy may say otherwise.
 */
int ukl_compartment_may(int id, int owner, int write);

/*
 * ukl_shared_malloc, ukl_shared_calloc, ukl_shared_aligned_alloc - shared memory
 *
 * As the functions without the prefix, but every compartment may read and
 * write what they return. free() and realloc() take it, by whomever they are called.
 * Not from signal handlers. NULL with errno ENOMEM: no memory is left.
 *
 * What malloc() itself returns belongs to its caller; what transparent code allocates for
 * itself (streams, what getaddrinfo() returns) is shared. strdup(), strndup(), asprintf(),
 * vasprintf(), getline(), getdelim() and C++'s operator new give their caller's memory.
 */
void *ukl_shared_malloc(size_t size);
void *ukl_shared_calloc(size_t count, size_t size);
void *ukl_shared_aligned_alloc(size_t alignment, size_t size);
void ukl_shared_free(void *pointer);

/*
 * ukl_malloc_for - memory of another compartment
 * @id: whose it is to be; the caller must be allowed to write that memory
 * @size: bytes
 *
 * The way for main to hand a buffer to an untrusted library, which could not
 * read memory from main's malloc(). free() as usual. Not from signal handlers. Returns
 * NULL with errno EPERM: the caller may not write that compartment's
 * memory, EINVAL: no such compartment, ENOMEM.
 */
void *ukl_malloc_for(int id, size_t size);

/*
 * ukl_grant - give pages to a compartment
 * @address: a multiple of the page size, 4096 bytes
 * @length: bytes, a multiple of the page size
 * @id: the new owner; UKL_COMPARTMENT_SHARED: all
 *
 * The pages become readable and writable for those who may read and write the
 * new owner's memory; all others lose access. The caller must be allowed to write the pages as
 * they are and as they will be, so that main can give pages to an
 * untrusted compartment and take them back, and an untrusted one can share its own. Nothing
 * else may lie in these pages: use mmap() or aligned_alloc(4096, ...).
 * Other threads see the change before the call returns.
 *
 * Returns 0, or -1 with errno EINVAL: not pages, or no such compartment; ENOMEM:
 * nothing is mapped there; EPERM: the caller may not.
 */
int ukl_grant(void *address, size_t length, int id);

/*
 * ukl_revoke - take pages back
 * @address, @length: as for ukl_grant()
 *
 * The pages become the caller's. Errors are those of ukl_grant().
 */
int ukl_revoke(void *address, size_t length);

/* A forbidden access. */
struct ukl_violation {
	int by;			/* id of the compartment that tried, -1: a gate on its behalf */
	int owner;		/* id of the memory's compartment */
	int write;		/* 0: it was a read */
	void *address;		/* of the memory */
	void *instruction;	/* that tried it */
	const char *function;	/* which holds the instruction; NULL: not known */
};

/*
 * A handler of violations.
 * @violation: valid until it returns
 * @context: the ucontext_t of the access, as a SIGSEGV handler has it
 *
 * Runs like a signal handler, in the compartment that installed it. Returns 0: go
 * on as without a handler; anything else: the violation is settled, try the
 * instruction at the context's RIP again. May leave by siglongjmp().
 */
typedef int ukl_violation_handler(const struct ukl_violation *violation, void *context);

/*
 * ukl_on_violation - install a handler of violations
 * @handler: the handler; NULL: none
 *
 * Without one, or when it returns 0, a violation is reported by one line on standard
 * error and then is a SIGSEGV with si_code SEGV_PKUERR: a handler of the program's
 * for that signal runs, or the process dies. One handler for the process: the compartment that has installed
 * it, or main, can replace it. Returns 0, or -1 with errno EPERM in others.
 */
int ukl_on_violation(ukl_violation_handler *handler);

#ifdef __cplusplus
}
#endif

#endif
