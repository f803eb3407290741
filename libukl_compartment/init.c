/* Start-up: before all constructors, memory gets its keys and main its rights.
 *
 * Copyright (C) 2026 the x86_64-ukl-linux-gnu authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */
#include <cpuid.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

#include "runtime.h"

/* Members that replace functions of libc must be there before libc is searched,
   wherever on the command line this archive is. */
#define NEEDS(symbol) __asm__(".reloc 0, R_X86_64_NONE, " #symbol)

int __ukl_on UKL_RELRO = 0;
int __ukl_private_key UKL_RELRO = UKL_KEY_PRIVATE;

/* libc's: thread-local variables and control block of a thread. */
extern size_t _dl_tls_static_size __attribute__((weak)), _dl_tls_static_align __attribute__((weak));
uint64_t __ukl_thread_shared UKL_RELRO = 0;

#define CURE "use one that has, or boot with ukl_compartments=off to run unprotected"

static void refuse(const char *what) __attribute__((noreturn));
static void refuse(const char *what)
{
	struct ukl_line line;

	line.length = 0;
	__ukl_put(&line, "compartments: ");
	__ukl_put(&line, what);
	__ukl_line_end(&line);
	for (;;)
		ukl_sys_exit_group(120);
}

/* Is the word on the kernel's command line, or such a variable in the environment? */
static int is_off(char **environment)
{
	static const char word[] = "ukl_compartments=off";
	char text[4096];
	long file, got, length = 0;

	for (; *environment; environment++)
		if (strcmp(*environment, word) == 0)
			return 1;
	file = ukl_sys_open("/proc/cmdline", O_RDONLY | O_CLOEXEC, 0);
	if (file < 0)
		return 0;
	while ((got = ukl_sys_read(file, text + length, sizeof(text) - 1 - (size_t)length)) > 0)
		length += got;
	ukl_sys_close(file);
	text[length] = 0;
	for (char *at = text; (at = strstr(at, word)) != NULL; at += sizeof(word) - 1) {
		char after = at[sizeof(word) - 1];

		if ((at == text || at[-1] == ' ') && (after == 0 || after == ' ' || after == '\n'))
			return 1;
	}
	return 0;
}

/* OSPKE: the kernel has switched protection keys on. CPUID leaf 7, ECX bit 4. */
static int have_keys(void)
{
	unsigned a, b, c = 0, d;

	return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c & 1u << 4);
}

static void protect_code(char *page, size_t size, int writable)
{
	/* The kernel refuses it where a process with compartments, or one that comes of it, has executed the image. */
	if (ukl_sys_mprotect(page, size, PROT_READ | PROT_EXEC | writable) != 0)
		refuse("ukl_compartments=off: not for an image that compartments have executed: leave it out");
}

/* Every gate becomes a jump to its function. */
static void open_gates(void)
{
	const struct ukl_table *table = &__ukl_compartments;
	char *here = (char *)((uintptr_t)open_gates & -4096ul);

	/* Without a gate, too, data would be everybody's. */
	protect_code(here, 4096, PROT_WRITE);
	protect_code(here, 4096, 0);

	for (uint32_t i = 0; i < table->gates; i++) {
		char *gate = table->gate[i].gate;
		char *page = (char *)((uintptr_t)gate & -4096ul);
		int32_t distance = (int32_t)((char *)table->gate[i].function - (gate + 5));

		protect_code(page, 8192, PROT_WRITE);
		*gate = (char)0xe9;
		memcpy(gate + 1, &distance, sizeof(distance));
		protect_code(page, 8192, 0);
	}
}

/* Keys have numbers that are known when a program is linked: all must be free. */
static void take_keys(void)
{
	for (int key = 1; key < UKL_IDS; key++) {
		long got = ukl_sys_pkey_alloc(0, 0);

		if (got == key)
			continue;
		refuse(got < 0 ? "this kernel gives too few protection keys"
			       : "a protection key is taken");
	}
}

static void reserve(uintptr_t address, size_t size, int key)
{
	long got = ukl_sys_mmap((void *)address, size, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);

	if (got != (long)address ||
	    ukl_sys_pkey_mprotect((void *)address, size, PROT_READ | PROT_WRITE, key) != 0)
		refuse("no address space for the runtime");
	ukl_sys_madvise((void *)address, size, MADV_DONTDUMP);
}

static void tag(char *from, char *to, int key)
{
	if (from != to && ukl_sys_pkey_mprotect(from, (size_t)(to - from), PROT_READ | PROT_WRITE, key) != 0)
		refuse("cannot give static data its key");
}

/* At most; where it ends matters only for telling it from other stacks. */
#define MAIN_STACK (64ul << 20)

/* Below the page of the arguments, which everybody reads. */
static void tag_main_stack(char **arguments)
{
	uintptr_t page = (uintptr_t)(arguments - 1) & -4096ul;

	if (ukl_sys_pkey_mprotect((void *)(page - 4096), 4096,
				  PROT_READ | PROT_WRITE | PROT_GROWSDOWN, UKL_ID_MAIN) != 0)
		refuse("cannot give main's stack its key");
	__ukl_gate.high[UKL_ID_MAIN] = (uint64_t)arguments;
	__ukl_gate.low[UKL_ID_MAIN] = page - MAIN_STACK;
}

void __ukl_frame_setup(void);
void __ukl_become(int id, uint64_t mask);

/* What main starts with, as ld has linked it. */
void __ukl_compartment_init(int count, char **arguments, char **environment)
{
	const struct ukl_table *table = &__ukl_compartments;
	size_t relro = (size_t)((uintptr_t)__ukl_relro_end - (uintptr_t)__ukl_relro_start);
	uint64_t mask = 0;

	(void)count;
	if (!table || !table->part[UKL_ID_MAIN].name)
		return;
	if (table->version != UKL_TABLE_VERSION)
		refuse("ld and the runtime are of different versions");
	if (is_off(environment)) {
		open_gates();
		return;
	}
	if (!have_keys())
		refuse("this CPU has no protection keys (PKU): " CURE);
	__ukl_frame_setup();
	take_keys();
	if (table->part[UKL_KEY_PRIVATE].name)
		__ukl_private_key = UKL_ID_GATE;
	reserve(UKL_RECORDS, UKL_THREADS * UKL_RECORD_SIZE, UKL_ID_GATE);
	reserve(UKL_PRIVATE, UKL_THREADS * UKL_PRIVATE_SIZE, __ukl_private_key);
	reserve(UKL_MARKS, UKL_THREADS * UKL_MARKS_SIZE, UKL_ID_GATE);
	reserve(UKL_PRISTINE, UKL_PRISTINE_SIZE + (UKL_THREADS << UKL_STACKS_SHIFT), UKL_ID_GATE);
	if (ukl_sys_pkey_mprotect(&__ukl_gate, sizeof(__ukl_gate), PROT_READ | PROT_WRITE, UKL_ID_GATE) != 0)
		refuse("cannot give the gate header its key");
	__ukl_thread_setup(ukl_thread_of(0), &__ukl_gate, UKL_ID_MAIN);
	ukl_thread_of(0)->tid = (uint32_t)ukl_sys_gettid();
	ukl_thread_of(0)->next = ukl_stack_area(1);
	__ukl_signal_stack();
	for (int id = UKL_ID_MAIN; id < UKL_ID_GATE; id++)
		if (table->part[id].name)
			__ukl_heap_setup(id);
	__ukl_signal_setup();
	if (&_dl_tls_static_size && &_dl_tls_static_align)
		__ukl_thread_shared = (_dl_tls_static_size + _dl_tls_static_align - 1) & -_dl_tls_static_align;

	__ukl_on = 1;
	if (relro && ukl_sys_mprotect(__ukl_relro_start, relro, PROT_READ) != 0)
		refuse("cannot protect read-only data");
	__ukl_kernel_setup();
	for (int id = UKL_ID_MAIN; id < UKL_IDS; id++) {
		const struct ukl_part *part = &table->part[id];

		tag(part->data, part->data_end, id);
		tag(part->bss, part->bss_end, id);
	}
	tag_main_stack(arguments);
	ukl_sys_rt_sigprocmask(SIG_BLOCK, NULL, &mask, 8);
	__ukl_become(UKL_ID_MAIN, mask);
}

__attribute__((section(".preinit_array"), used))
static void (*const start)(int, char **, char **) = __ukl_compartment_init;

NEEDS(malloc);
NEEDS(free);
NEEDS(strdup);
NEEDS(_Znwm);
NEEDS(__wrap_pthread_create);
NEEDS(__wrap___clone_internal);
NEEDS(__wrap___nptl_deallocate_stack);
NEEDS(__wrap___pthread_unwind);
NEEDS(__wrap_setjmp);
NEEDS(__wrap_longjmp);
NEEDS(__wrap_main);
NEEDS(__wrap_vfork);
NEEDS(__wrap_pkey_set);
NEEDS(__wrap___libc_sigaction);
NEEDS(__wrap_sigaltstack);
NEEDS(__wrap_backtrace);
NEEDS(__ukl_gate_stack);
NEEDS(__ukl_gate_personality);
NEEDS(__ukl_gate_rethrow);
