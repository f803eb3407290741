/* What the parts of the runtime share: where things are and who may call what.
 *
 * The members whose names begin with priv_ are the privileged part, id 13: they
 * run with every key open and are entered through gates. All others are
 * transparent: they run with the rights of whoever calls them, and nothing they
 * do needs to be trusted.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#ifndef UKL_RUNTIME_H
#define UKL_RUNTIME_H

#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "layout.h"
#include "table.h"

/* A second key of UKL_ID_GATE's, closed to all others, unless there are so many compartments that it is one's. */
#define UKL_KEY_PRIVATE 12

/* Set before start-up code and read-only after it. */
#define UKL_RELRO __attribute__((section(".data.rel.ro")))

/* 0 before start-up code, and in a program that runs unprotected. */
extern int __ukl_on;
/* The key of signal frames and jump targets: UKL_KEY_PRIVATE or, if that is a compartment's, UKL_ID_GATE. */
extern int __ukl_private_key;

struct ukl_frame {
	uint64_t sp;		/* the caller's sp[] before */
	uint64_t gate;		/* address of the gate | caller's id << 48 */
};

/*
 * The gate header: one page of each thread's static TLS block, at an offset from
 * the thread pointer that gates know. It has key 13: all may read it.
 */
struct ukl_gate_header {
	uint64_t top;		/* address of the next free frame */
	uint64_t reserved;
	union {
		struct {
			uint32_t now;	/* PKRU as it is: UKL_COMPARTMENTS_HEADER */
			uint32_t id;	/* of what runs; 0: not set up yet */
		};
		uint64_t rights;	/* both, written at once */
	};
	uint64_t reserved2[5];
	uint64_t sp[16];	/* where the compartment's stack is now; 0: none yet */
	uint64_t low[16], high[16];
	/* From here on the runtime's. */
	struct ukl_thread *thread;
	uint64_t level;		/* signal handlers that have not returned */
	uint64_t alternate, alternate_size;	/* what the program has told sigaltstack */
	uint32_t alternate_flags, alternate_id;
	struct ukl_gate_header *self;
	char rest[4096 - 0x1c0 - 48];
};

_Static_assert(offsetof(struct ukl_gate_header, now) == 0x10, "known to gates and the kernel");
_Static_assert(offsetof(struct ukl_gate_header, id) == 0x14, "known to gates");
_Static_assert(offsetof(struct ukl_gate_header, sp) == 0x40, "known to gates");
_Static_assert(offsetof(struct ukl_gate_header, low) == 0xc0, "known to gates");
_Static_assert(offsetof(struct ukl_gate_header, high) == 0x140, "known to gates");
_Static_assert(offsetof(struct ukl_gate_header, thread) == UKL_HEADER_THREAD, "known to assembly");
_Static_assert(sizeof(struct ukl_gate_header) == 4096, "one page");

extern __thread struct ukl_gate_header __ukl_gate
	__attribute__((aligned(4096), tls_model("initial-exec")));

/* Its address. &__ukl_gate would be taken from the word that the thread pointer points to, which all can write. */
static inline struct ukl_gate_header *ukl_header(void)
{
	return __ukl_gate.self;
}

/* The first page of a thread's area in key 13; its frames follow. It outlives the thread. */
struct ukl_thread {
	uint32_t tid;		/* of the owner; 0: free; ~0: not started yet */
	uint32_t home;		/* id that the thread was started in */
	uint64_t scratch;	/* where the stack of __ukl_gate_stack is now */
	uint64_t low[16], high[16];	/* stacks to be freed */
	uint64_t next;		/* from here on its memory for stacks is used */
	/* Its own stack, of its home's key; above it, of key 0, what libc keeps of a thread. */
	uint64_t bottom, stack, shared, end;	/* bottom: of the guard pages */
	const struct ukl_thread *creator;
	int (*start)(void *);	/* what libc wants it to begin with */
	void *argument;
	uint64_t mask;
	uint32_t released;	/* libc needs it no more, but it may still run */
};

_Static_assert(sizeof(struct ukl_thread) <= UKL_SCRATCH_FIRST, "the stack of __ukl_gate_stack follows");

_Static_assert(offsetof(struct ukl_thread, scratch) == UKL_THREAD_SCRATCH, "known to assembly");

static inline uintptr_t ukl_slot(const struct ukl_thread *thread)
{
	return ((uintptr_t)thread - UKL_RECORDS) / UKL_RECORD_SIZE;
}

static inline char *ukl_private(const struct ukl_thread *thread)
{
	return (char *)(UKL_PRIVATE + ukl_slot(thread) * UKL_PRIVATE_SIZE);
}

static inline struct ukl_thread *ukl_thread_of(uintptr_t slot)
{
	return (struct ukl_thread *)(UKL_RECORDS + slot * UKL_RECORD_SIZE);
}

static inline uint64_t ukl_stack_area(uintptr_t slot)
{
	return UKL_STACKS + (slot << UKL_STACKS_SHIFT);
}

static inline int ukl_in_area(const struct ukl_thread *thread, uint64_t address)
{
	return (address - UKL_STACKS) >> UKL_STACKS_SHIFT == ukl_slot(thread);
}

/* The id that is running; UKL_ID_SHARED in a program that runs unprotected. Gates
   keep it where no compartment can write. */
static inline int ukl_self(void)
{
	return (int)__ukl_gate.id;
}

/* priv_thread.c: the kernel writes into headers what it makes of PKRU; else we do. */
extern int __ukl_kernel_notes;

/* The PKRU of a compartment. */
static inline uint32_t ukl_rights(int id)
{
	return __ukl_compartments.part[id].pkru;
}

/* What runs on the thread is about to be this compartment, by rt_sigreturn. With more rights until then: where
   the kernel goes by the header, it must not say less. */
static inline void ukl_run_as(struct ukl_gate_header *header, int id)
{
	if (__ukl_kernel_notes)
		header->id = (uint32_t)id;
	else
		header->rights = ukl_rights(id) | (uint64_t)id << 32;
}

/* May code of this id read, write the memory of that key? */
int __ukl_may(int id, int key, int write);

/* gates.c: the gate that holds this address, or NULL. */
const struct ukl_gate_info *__ukl_gate_at(uintptr_t address);

/* names.c: the function that holds an address, where it starts if that is asked; or NULL. */
const char *__ukl_function_name(uint64_t address, uint64_t *start);
/* ld's list of them, all of the program's, ascending; weak, because it is made for compartments only. */
struct ukl_functions {
	uint32_t count;
	struct {
		uint32_t address, name;	/* name: offset from __ukl_function_names; 0: none */
	} f[];
};
extern const struct ukl_functions __ukl_functions __attribute__((weak));
extern const char __ukl_function_names[] __attribute__((weak));
extern __typeof__(__ukl_compartments) __ukl_compartments __attribute__((weak));
extern __typeof__(__ukl_relro_start) __ukl_relro_start __attribute__((weak));
extern __typeof__(__ukl_relro_end) __ukl_relro_end __attribute__((weak));

/* ukl_on_violation: what calls the program's handler. */
int __ukl_violation_begin(int signo, siginfo_t *, void *context);

/* The key of an address, as far as the runtime knows it, or -1: key.c. */
int __ukl_key_of(uintptr_t address);

/* Raw system calls: results are -errno; no libc state is touched. */
long ukl_sys_arch_prctl(long, unsigned long);
long ukl_sys_exit_group(long);
long ukl_sys_gettid(void);
long ukl_sys_getpid(void);
long ukl_sys_madvise(void *, size_t, long);
long ukl_sys_mmap(void *, size_t, long, long, long, long);
long ukl_sys_mprotect(void *, size_t, long);
long ukl_sys_mremap(void *, size_t, size_t, long, void *);
long ukl_sys_munmap(void *, size_t);
long ukl_sys_open(const char *, long, long);
long ukl_sys_read(long, void *, size_t);
long ukl_sys_close(long);
long ukl_sys_pkey_alloc(unsigned long, unsigned long);
long ukl_sys_pkey_mprotect(void *, size_t, long, long);
long ukl_sys_rt_sigaction(long, const void *, void *, size_t);
long ukl_sys_rt_sigprocmask(long, const void *, void *, size_t);
long ukl_sys_sigaltstack(const void *, void *);
long ukl_sys_tgkill(long, long, long);
long ukl_sys_write(long, const void *, size_t);
long ukl_sys_futex(void *, long, long, const void *, void *, long);
long ukl_sys_prctl(long, unsigned long, unsigned long, unsigned long, unsigned long);

/* say.c: lines on standard error, without libc. */
struct ukl_line {
	unsigned length;
	char text[512];
};
void __ukl_put(struct ukl_line *, const char *);
void __ukl_put_hex(struct ukl_line *, uint64_t);
void __ukl_put_decimal(struct ukl_line *, uint64_t);
void __ukl_line_end(struct ukl_line *);	/* writes it */
/* One line, then the process ends as by abort(). */
void __ukl_fatal(const char *what) __attribute__((noreturn));

/* lock.c: a lock of one word, zero when free; the memory may be of any key. */
void __ukl_lock(int *);
void __ukl_unlock(int *);

/* stack.c: a new stack of compartment id for this thread; its upper end. Needs
   rights to write key 13 and that key. */
uint64_t __ukl_stack_make(int id);

/* thread-area.c: prepares the area of a thread, and its header, which has key 13
   already; all but its rights. Needs those of UKL_ID_GATE, or none to be in force yet. */
void __ukl_thread_setup(struct ukl_thread *, struct ukl_gate_header *, int home);
/* memory.c: puts new memory of key 13 at this address, whatever is there, at once: there is no moment
   at which others could put theirs in its place. Needs the rights of UKL_ID_GATE. */
void __ukl_renew(uint64_t address, size_t size);
/* Memory of key 13 for stacks of the running thread, or -errno; and back. */
long __ukl_take_memory(size_t size);
void __ukl_leave_memory(uint64_t address, size_t size);
/* The kernel shall put this thread's signal frames into its private area. */
void __ukl_signal_stack(void);
/* Continues with the rights of a compartment and this signal mask,
   on the same stack. Needs the rights of UKL_ID_GATE. */
void __ukl_become(int id, uint64_t mask);

/* priv_entry.S: the address of the signal entry, and what a fresh frame returns to. */
void *__ukl_signal_entry(void);
void *__ukl_signal_restorer(void);
/* switch.S: calls a handler. */
void __ukl_signal_call(void);
/* rt_sigreturn with this frame. */
void __ukl_sigreturn(void *frame) __attribute__((noreturn));

/* kernel.c: asks the kernel to treat this process as one with compartments. */
void __ukl_kernel_setup(void);
/* priv_signal.c: from now on violations are reported. */
void __ukl_signal_setup(void);

/* malloc.c: memory of this key; NULL when there is none. */
void *__ukl_alloc(int id, size_t size);
void *__ukl_alloc_zeroed(int id, size_t size);
void *__ukl_alloc_aligned(int id, size_t alignment, size_t size);
/* Key of a pointer from malloc, or -1. */
int __ukl_heap_key(const void *);
void __ukl_heap_setup(int id);
void __ukl_heap_lock_all(void);
void __ukl_heap_unlock_all(void);
/* Memory for who is to be returned to; from the program's own malloc if it has one. */
void *__ukl_alloc_for(const void *return_address, size_t size);
int __ukl_malloc_is_replaced(void);
void __ukl_free(void *);
/* The key for a caller of malloc that is to return to this address. */
int __ukl_heap_for(const void *return_address);

/* What sigaction was told, id 13's; all may read it. */
struct ukl_action {
	uint64_t handler;	/* SIG_DFL, SIG_IGN or an address */
	uint64_t mask;
	uint32_t flags;
	uint32_t id;		/* who installed it */
};
extern struct ukl_action __ukl_actions[65];

/* What setjmp has registered, key 13; all may read it. */
struct ukl_mark {
	uint64_t buffer;	/* 0: free */
	uint64_t top;		/* of the record then */
	uint64_t level;
	uint64_t id;
};
#define UKL_MARK_COUNT (UKL_MARKS_SIZE / sizeof(struct ukl_mark))
#define UKL_MARK_PROBES 32
static inline struct ukl_mark *ukl_marks(const struct ukl_thread *thread)
{
	return (struct ukl_mark *)(UKL_MARKS + ukl_slot(thread) * UKL_MARKS_SIZE);
}

static inline unsigned ukl_mark_hash(uint64_t buffer)
{
	return (unsigned)(buffer / 8 * 0x9e3779b97f4a7c15ul >> 48) % UKL_MARK_COUNT;
}

struct ukl_mark *__ukl_mark_find(uint64_t buffer);

/* The privileged part, entered through gates. Nothing is passed by pointer: it
   could read and write for its caller what the caller may not. */
long __ukl_priv_sigaction(int signo, uint64_t handler, uint64_t mask, uint32_t flags);
long __ukl_priv_sigaltstack(uint64_t sp, uint64_t size, uint32_t flags);
void __ukl_priv_sigreturn(int result);
void __ukl_priv_setjmp(uint64_t buffer, uint64_t rsp, uint64_t rip, uint64_t rbx, uint64_t rbp,
		       uint64_t r12, uint64_t r13, uint64_t r14, uint64_t r15);
void __ukl_priv_longjmp(uint64_t buffer, int value);
/* The number of the area for a new thread, or -errno. */
long __ukl_priv_thread_prepare(uint64_t stack_size, uint64_t guard_size);
void __ukl_priv_thread_cancel(uint64_t slot);
/* Starts it. tls: its control block, tid: where libc wants its number. Returns that, or -errno. */
long __ukl_priv_thread_start(uint64_t slot, int (*start)(void *), void *argument, uint64_t tls, uint64_t tid);
void __ukl_priv_thread_release(uint64_t slot);
/* After fork there are no other threads. */
void __ukl_priv_thread_forked(void);
/* The page-rounded size of what libc keeps above a thread's stack. */
extern uint64_t __ukl_thread_shared;
void __ukl_priv_heap_lock(int lock);
void __ukl_thread_lock(int take);
void __ukl_signal_lock(int take);
long __ukl_priv_violation_handler(uint64_t handler);

#endif
