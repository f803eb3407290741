// SPDX-License-Identifier: GPL-2.0
/*
 * Compartments of a process (CONFIG_UKL): their memory has protection keys, and
 * what the kernel does for one of them must respect the keys of the others.
 *
 * Where the kernel reads or writes at addresses that the caller gives it, it does so with
 * the caller's PKRU loaded, and get_user_pages() asks for the same. This file has the rest:
 * calls that change mappings, that reach a process's memory by another way, or that
 * make another compartment's code run differently.
 */
#include <linux/bitfield.h>
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jump_label.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/pkeys.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/rseq.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task_stack.h>
#include <linux/ukl_compartment.h>
#include <linux/ukl_cred.h>

#include <asm/fpu/api.h>
#include <asm/pgtable.h>
#include <asm/pkru.h>
#include <asm/ptrace.h>
#include <asm/ukl.h>
#include <asm/ukl_key_priv.h>
#include <asm/ukl_key_ro.h>
#include <uapi/asm/ukl_compartment.h>

/*
 * Written once, while the process has one thread; fork copies them, exec begins with zeros. In mm->context.flags, beside
 * MM_CONTEXT_*. With page tables that the kernel only reads (CONFIG_UKL_KEY_RO) they are there: in a top-level entry that is not
 * present, for addresses that are never mapped.
 */
#define UKL_MM_WX	BIT(8)
#define UKL_MM_DUMP	BIT(9)
#define UKL_MM		BIT(10)
#define UKL_MM_GATE	GENMASK(15, 12)
#define UKL_MM_KEYS	GENMASK(31, 16)
#define UKL_MM_HEADER	GENMASK(43, 32)

#define UKL_MM_ENTRY	pgd_index(GUARD_HOLE_BASE_ADDR)
static_assert(!((UKL_MM_WX | UKL_MM_DUMP | UKL_MM | UKL_MM_GATE | UKL_MM_KEYS | UKL_MM_HEADER) & _PAGE_PRESENT));

/*
 * In task->atomic_flags, beside PFA_*, which fork copies and exec leaves alone. With credentials that the kernel only reads there
 * is a mark in these, too, which a stray write cannot take away.
 */
#define UKL_PFA		(BITS_PER_LONG - 1)

DEFINE_STATIC_KEY_FALSE(ukl_compartments);

/* The function of SYSCALL_DEFINE, for a call by the kernel. */
long __ukl_sys_rseq(long rseq, long len, long flags, long sig);

static unsigned long ukl_mm_flags(const struct mm_struct *mm)
{
	return ukl_key_ro_on() ? pgd_val(mm->pgd[UKL_MM_ENTRY]) : mm->context.flags;
}

static void ukl_set_mm_flags(struct mm_struct *mm, unsigned long flags)
{
	if (ukl_key_ro_on())
		ukl_ro_set((unsigned long *)&mm->pgd[UKL_MM_ENTRY], flags);
	else
		mm->context.flags |= flags;
}

void ukl_compartments_dup(struct mm_struct *old_mm, struct mm_struct *mm)
{
	if (static_branch_unlikely(&ukl_compartments) && ukl_key_ro_on())
		ukl_set_mm_flags(mm, ukl_mm_flags(old_mm));
}

static bool ukl_mm(const struct mm_struct *mm)
{
	return mm && (ukl_mm_flags(mm) & UKL_MM);
}

static bool ukl_task(const struct task_struct *task)
{
	return test_bit(UKL_PFA, &task->atomic_flags) || (ukl_key_ro_on() && ukl_cred_marked(task));
}

static void ukl_mark_task(void)
{
	set_bit(UKL_PFA, &current->atomic_flags);
	if (ukl_key_ro_on())
		ukl_cred_mark();
}

/* The keys of @mm's compartments and gate */
static u16 ukl_keys(const struct mm_struct *mm)
{
	return FIELD_GET(UKL_MM_KEYS, ukl_mm_flags(mm));
}

/* A PKRU that opens @keys for writing and closes all others */
static u32 ukl_pkru(u16 keys)
{
	u32 pkru = 0;
	int key;

	for (key = 0; key < arch_max_pkey(); key++)
		if (!(keys & BIT(key)))
			pkru |= PKRU_AD_BIT << (key * PKRU_BITS_PER_PKEY);
	return pkru;
}

static bool ukl_may_write_key(int key)
{
	return __pkru_allows_write(read_pkru(), key);
}

unsigned long ukl_rights_offset(const struct mm_struct *mm)
{
	unsigned long pages = FIELD_GET(UKL_MM_HEADER, ukl_mm_flags(mm));

	return pages ? pages * PAGE_SIZE - UKL_COMPARTMENTS_NOW : 0;
}

bool __ukl_has_compartments(void)
{
	return ukl_mm(current->mm);
}

bool __ukl_from_compartments(void)
{
	return ukl_task(current);
}

bool __ukl_outside_gate(void)
{
	struct mm_struct *mm = current->mm;

	return ukl_mm(mm) && !ukl_may_write_key(FIELD_GET(UKL_MM_GATE, ukl_mm_flags(mm)));
}

/* Changing a mapping changes what is at its addresses: the same as to write there. */
bool __ukl_may_modify(struct vm_area_struct *vma)
{
	return vma->vm_mm != current->mm || !ukl_mm(vma->vm_mm) || ukl_may_write_key(vma_pkey(vma));
}

bool __ukl_may_advise(struct vm_area_struct *vma, bool discard)
{
	if (vma->vm_mm != current->mm || !ukl_mm(vma->vm_mm))
		return true;
	/* What is sealed may be a private mapping with changes of its own: relocated data, say. */
	return ukl_may_write_key(vma_pkey(vma)) && !(discard && (vma->vm_flags & VM_SEALED));
}

/*
 * An object mapped shared by a compartment must not appear a second time, with
 * a key that others can open.
 */
static bool ukl_mapped_closed(struct address_space *mapping, unsigned long pgoff, unsigned long len)
{
	struct vm_area_struct *vma;
	bool closed = false;

	i_mmap_lock_read(mapping);
	vma_interval_tree_foreach(vma, &mapping->i_mmap, pgoff, pgoff + (len - 1) / PAGE_SIZE) {
		if (vma->vm_mm == current->mm && (vma->vm_flags & VM_SHARED) &&
		    !ukl_may_write_key(vma_pkey(vma))) {
			closed = true;
			break;
		}
	}
	i_mmap_unlock_read(mapping);
	return closed;
}

/*
 * The image may be executed again, see __ukl_may_execute(), but has to start its compartments: without, its gates would be code that it
 * writes (ukl_compartments=off), and its memory everybody's. Nor is there any other use for such code.
 */
static bool ukl_owes_compartments(void)
{
	return ukl_task(current) && test_thread_flag(TIF_UKL);
}

bool __ukl_may_map(struct file *file, unsigned long vm_flags, unsigned long pgoff, unsigned long len)
{
	struct mm_struct *mm = current->mm;

	if (!ukl_mm(mm))
		return (vm_flags & (VM_EXEC | VM_WRITE)) != (VM_EXEC | VM_WRITE) || !ukl_owes_compartments();
	/* All code is there from the start; a file could be changed after it was looked at. */
	if ((vm_flags & VM_EXEC) && !(ukl_mm_flags(mm) & UKL_MM_WX))
		return false;
	return !file || !ukl_mapped_closed(file->f_mapping, pgoff, len);
}

bool __ukl_may_protect(struct vm_area_struct *vma, unsigned long vm_flags, int pkey)
{
	struct mm_struct *mm = vma->vm_mm;

	if (ukl_mm(mm)) {
		/* What is given to a key is written there. */
		if (pkey != -1 && !ukl_may_write_key(pkey))
			return false;
		if (ukl_mm_flags(mm) & UKL_MM_WX)
			return true;
	} else if (!ukl_owes_compartments()) {
		return true;
	}
	return !(vm_flags & VM_EXEC) || ((vma->vm_flags & VM_EXEC) && !(vm_flags & VM_WRITE));
}

/*
 * Who may attach to a task may read and write all of its memory and registers. A
 * process with compartments must not have itself, or a process that could do it in its
 * place, do that: neither a relative that shares or has copied its memory, nor any
 * process that is not its descendant.
 */
bool __ukl_may_trace(struct task_struct *task, unsigned int mode)
{
	if (!(mode & PTRACE_MODE_ATTACH) || !ukl_task(current))
		return true;
	/* The caller has locked the task, for its mm. One in ring 0 has no compartments yet. */
	return ukl_task(task) && !ukl_mm(task->mm) && !test_tsk_thread_flag(task, TIF_UKL);
}

bool __ukl_may_access_mm(struct mm_struct *mm, unsigned int mode)
{
	return !(mode & PTRACE_MODE_ATTACH) || !ukl_mm(mm) || !ukl_task(current);
}

/* Called with the tasklist lock held. */
bool __ukl_may_be_traced(void)
{
	return !ukl_mm(current->mm) || !ukl_task(current->real_parent);
}

/*
 * A thread brings a thread pointer, which is where gates look for its stacks; a forked child may bring one too. One of vfork's would
 * have its parent's, with the rights that are noted there, and the parent need not wait until it ends: a signal suffices. So
 * it gets a copy of the memory, and its parent still waits.
 */
bool __ukl_may_clone(u64 *flags)
{
	if (!(*flags & (CLONE_SETTLS | CLONE_VM)) || !__ukl_outside_gate())
		return true;
	if ((*flags & (CLONE_SETTLS | CLONE_VM | CLONE_VFORK | CLONE_SIGHAND)) != (CLONE_VM | CLONE_VFORK))
		return false;
	*flags &= ~CLONE_VM;
	return true;
}

bool __ukl_may_prctl(int option)
{
	/* /proc/PID/environ shows what the mm says is the environment. */
	if (option != PR_SET_MM && option != PR_SET_SYSCALL_USER_DISPATCH)
		return true;
	return !__ukl_outside_gate();
}

bool __ukl_may_handle(const struct k_sigaction *act)
{
	if (act->sa.sa_handler == SIG_DFL || act->sa.sa_handler == SIG_IGN)
		return true;
	return !__ukl_outside_gate();
}

bool __ukl_may_dump(void)
{
	return !ukl_mm(current->mm) || (ukl_mm_flags(current->mm) & UKL_MM_DUMP);
}

bool __ukl_frame_obeys_pkru(bool entering_altstack)
{
	if (!ukl_mm(current->mm))
		return false;
	ukl_rights_settle(current_pt_regs());
	return !entering_altstack;
}

/*
 * All handlers were registered with the gate: begin with its rights, so that nobody can
 * pretend to be a signal. The handler may continue on another stack while its frame stays
 * here, where the next frame must not overwrite it. Sigreturn restores the size.
 */
void __ukl_enter_handler(struct pt_regs *regs)
{
	struct mm_struct *mm = current->mm;
	u32 rights;

	if (!ukl_mm(mm))
		return;
	rights = ukl_pkru(ukl_keys(mm)) | UKL_RIGHTS_ALL_HAVE;
	write_pkru(rights);
	ukl_rights_note(rights);
	if (regs->sp - current->sas_ss_sp < current->sas_ss_size)
		current->sas_ss_size = regs->sp - current->sas_ss_sp;
}

/*
 * The thread ends wherever it happens to be, and the addresses to clear may have been given by
 * another compartment. They are libc's, in memory that all can write.
 */
void __ukl_leave_mm(void)
{
	if (ukl_mm(current->mm))
		write_pkru(ukl_pkru(BIT(0)));
}

/* /dev/mem and raw ports are ways to all memory. */
static int ukl_drop_rawio(void)
{
	struct cred *new = prepare_creds();

	if (!new)
		return -ENOMEM;
	cap_lower(new->cap_permitted, CAP_SYS_RAWIO);
	cap_lower(new->cap_effective, CAP_SYS_RAWIO);
	cap_lower(new->cap_inheritable, CAP_SYS_RAWIO);
	cap_lower(new->cap_ambient, CAP_SYS_RAWIO);
	cap_lower(new->cap_bset, CAP_SYS_RAWIO);
	return commit_creds(new);
}

void __ukl_start_helper(void)
{
	ukl_mark_task();
	/* Who had it started may have chosen what it does. */
	if (ukl_drop_rawio())
		do_exit(SIGKILL);
}

/*
 * The kernel reads from the rseq area where to jump when it interrupts the thread, with
 * the rights of whatever runs then. Libc does without.
 */
static int ukl_drop_rseq(void)
{
#ifdef CONFIG_RSEQ
	if (current->rseq)
		return __ukl_sys_rseq((long)current->rseq, current->rseq_len,
				      RSEQ_FLAG_UNREGISTER, current->rseq_sig);
#endif
	return 0;
}

static bool ukl_traced_by_relative(void)
{
	bool traced;

	rcu_read_lock();
	traced = current->ptrace && ukl_task(rcu_dereference(current->parent));
	rcu_read_unlock();
	return traced;
}

/*
 * Nothing looks at a program for ring 0 when it is executed, and one of the compartments' own making would reach all memory. The
 * one that is running was looked at when it was linked, and nobody can write to it as long as it runs.
 */
bool __ukl_may_execute(struct file *file, unsigned int e_flags)
{
	struct file *running;
	bool same;

	if (e_flags != EF_X86_64_UKL || !ukl_task(current))
		return true;
	/* One of ring 3 could pretend that another file is running. */
	if (!ukl_mm(current->mm) || !test_thread_flag(TIF_UKL) || ukl_traced_by_relative())
		return false;
	running = get_mm_exe_file(current->mm);
	same = running && file_inode(running) == file_inode(file);
	if (running)
		fput(running);
	return same;
}

static bool ukl_has_io_uring(void)
{
#ifdef CONFIG_IO_URING
	return current->io_uring;
#else
	return false;
#endif
}

long ukl_start_compartments(unsigned long arg)
{
	unsigned int flags = arg >> 32;
	unsigned int gate = (arg >> 16) & 0xf;
	u16 keys = arg;
	u32 closed = ukl_pkru(~keys) * (PKRU_AD_BIT | PKRU_WD_BIT);
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma;
	int err;

	if ((flags & ~(UKL_COMPARTMENTS_WX | UKL_COMPARTMENTS_DUMP)))
		return -EINVAL;
	if (!gate || !(keys & BIT(gate)) || !(keys & BIT(0)))
		return -EINVAL;
	if (!arch_pkeys_enabled())
		return -ENODEV;
	if (ukl_mm(mm) || (read_pkru() & closed) || ukl_traced_by_relative())
		return -EPERM;
	if (!current_is_single_threaded() || ukl_has_io_uring())
		return -EBUSY;

	err = ukl_drop_rseq();
	if (!err)
		err = ukl_drop_rawio();
	if (err)
		return err;

	static_branch_enable(&ukl_compartments);
	mmap_write_lock(mm);
	{
		VMA_ITERATOR(vmi, mm, 0);

		/* Code and constants of all: nobody may replace them. */
		for_each_vma(vmi, vma)
			if (!(vma->vm_flags & VM_WRITE))
				vm_flags_set(vma, VM_SEALED);
	}
	/* None is left for pkey_alloc(), or for mappings that can only be executed. */
	mm_pkey_allocation_map(mm) = GENMASK(arch_max_pkey() - 1, 0);
	mm->context.execute_only_pkey = -1;
	ukl_set_mm_flags(mm, UKL_MM | FIELD_PREP(UKL_MM_GATE, gate) | FIELD_PREP(UKL_MM_KEYS, keys) |
			     FIELD_PREP(UKL_MM_HEADER, (arg >> 20) & 0xfff) |
			     (flags & UKL_COMPARTMENTS_WX ? UKL_MM_WX : 0) |
			     (flags & UKL_COMPARTMENTS_DUMP ? UKL_MM_DUMP : 0));
	mmap_write_unlock(mm);
	ukl_mark_task();
	ukl_rights_start();
	return 0;
}
