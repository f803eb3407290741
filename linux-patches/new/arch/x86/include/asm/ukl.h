/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ring-0 processes (CONFIG_UKL).
 *
 * A process marked TIF_UKL runs its program at CPL 0. Only the assembly at the
 * edges of the kernel knows: entry code rewrites the selectors in the saved
 * frame to the user's, exit code puts the kernel's back, so that user_mode()
 * and all C code built on it see an ordinary user process.
 */
#ifndef _ASM_X86_UKL_H
#define _ASM_X86_UKL_H

/*
 * Mark in the e_flags of an ELF executable that runs in ring 0. The x86-64
 * psABI defines no flags; the program inside an image is written with this
 * value by the image's linker script.
 */
#define EF_X86_64_UKL		0x554b4c01

#include <linux/types.h>

struct gate_struct;
struct pt_regs;
struct task_struct;

#ifdef CONFIG_UKL

/* Boot CPU, features just read: hide what a program in ring 0 could not survive. */
void ukl_early_setup(void);
void ukl_tcg_setup(void);

/*
 * @idt, which is complete: entries of arch/x86/entry/ukl_idt.S where a program can raise what ring 3 cannot, none for vectors that
 * have no handler, and for all others without a stack of their own the shared IST stack.
 */
void ukl_idt_setup(struct gate_struct *idt);

/*
 * elf_check_arch: may a program with these @e_flags and this @e_ident run? Not if it is linked with
 * another kernel: false, and one line in the log.
 */
bool ukl_check_kernel(u32 e_flags, const unsigned char *e_ident);

/* SET_PERSONALITY: current becomes a ring-0 process or stops being one. */
void ukl_set_personality(u32 e_flags);

/* This CPU's MSR_LSTAR has just been set to the stock entry. */
void ukl_syscall_init(void);

/* On context switch: the SYSCALL entry that suits @next. Preemption off. */
void ukl_switch_to(struct task_struct *next);

/* True if @regs, of a kernel-mode #BP, show no int3 any more; they then point to what is there. */
bool ukl_stale_int3(struct pt_regs *regs);

/*
 * True if @regs, of a kernel-mode #DB, show a direct call that the program made
 * with TF set. Clears TF in @regs as soon as the call has saved it.
 */
bool ukl_single_step(struct pt_regs *regs);

/*
 * The error code of a #PF of a program's, in either ring. The CPU says who accessed by privilege level, not by whose code. And a
 * ring-0 program may have jumped to the entry with a code of its own: none of an oops for what the CPU does not like in page tables.
 */
#define ukl_program_error(error_code)							\
	(!test_thread_flag(TIF_UKL) ? (error_code) : X86_PF_USER |			\
	 ((error_code) & (X86_PF_PROT | X86_PF_WRITE | X86_PF_INSTR | X86_PF_PK)))

/*
 * A #PF at a gate's note of its rights, whose WRPKRU an NMI in the entry has undone: true, and there is nothing to be done, as the way out
 * goes back to the WRPKRU.
 */
#ifdef CONFIG_UKL_KEY
bool ukl_rights_lost(struct pt_regs *regs);
#else
#define ukl_rights_lost(regs)	false
#endif

/* A #NM without a reason that the kernel knows: true if @regs are a program's that has jumped to the entry, and gets SIGSEGV. */
bool ukl_no_device(struct pt_regs *regs);

/*
 * Around the body of handlers that have an IST stack of their own: if they
 * interrupted the shared IST stack before its frame was moved, keep faults
 * inside the handler from overwriting that frame. Nest. ukl_ist_enter returns
 * what ukl_ist_exit takes.
 */
unsigned long ukl_ist_enter(struct pt_regs *regs);
void ukl_ist_exit(unsigned long ist);

/* Shortcuts: system calls with the C calling convention, see arch/x86/kernel/ukl_calls.c. */
struct file;
struct file_operations;
struct sockaddr;
struct stat;
long ukl_getpid(void);
long ukl_getppid(void);
long ukl_read(unsigned int fd, char __user *buf, size_t count);
long ukl_write(unsigned int fd, const char __user *buf, size_t count);
long ukl_sendto(int fd, void __user *buff, size_t len, unsigned int flags, struct sockaddr __user *addr,
		int addr_len);
long ukl_recvfrom(int fd, void __user *ubuf, size_t size, unsigned int flags,
		  struct sockaddr __user *addr, int __user *addr_len);
long ukl_kill(pid_t pid, int sig);
long ukl_tgkill(pid_t tgid, pid_t pid, int sig);
long ukl_open(const char __user *path, int flags, umode_t mode);
long ukl_openat(int dfd, const char __user *path, int flags, umode_t mode);
long ukl_close(unsigned int fd);
long ukl_newfstat(unsigned int fd, struct stat __user *statbuf);
long ukl_newfstatat(int dfd, const char __user *filename, struct stat __user *statbuf, int flag);

/* Loopback transmit of @skb as receive, if nothing forbids it: true if done. */
struct net;
struct net_device;
struct sk_buff;
bool ukl_loopback_rx(struct sk_buff *skb, struct net_device *dev);
bool ukl_ip_loopback(struct net *net, struct sk_buff *skb, struct net_device *dev);

/* Does all that the connection @sk sends arrive? */
struct sock;
bool ukl_loses_nothing(const struct sock *sk);

/* Read and write of a pipe, for the plain case; else false, and nothing is done. */
extern const struct file_operations pipefifo_fops;
bool ukl_pipe_read(struct file *file, char __user *to, size_t count, ssize_t *result);
bool ukl_pipe_write(struct file *file, const char __user *from, size_t count, ssize_t *result);

/* A stream socket's operations; send and recv of short messages, in the same way. */
struct socket;
extern const struct proto_ops *const ukl_unix_stream_ops;
bool ukl_unix_send(struct socket *sock, const char __user *from, size_t len, unsigned int flags,
		   int *result);
bool ukl_unix_recv(struct socket *sock, char __user *to, size_t size, unsigned int flags, int *result);

/* An eventfd's operations, and its read() without an iterator. */
extern const struct file_operations *const ukl_eventfd_fops;
ssize_t ukl_eventfd_read(struct file *file, char __user *buf, size_t count);

#else /* !CONFIG_UKL */

static inline void ukl_early_setup(void) { }
static inline void ukl_idt_setup(struct gate_struct *idt) { }
static inline bool ukl_check_kernel(u32 e_flags, const unsigned char *e_ident) { return true; }
static inline void ukl_set_personality(u32 e_flags) { }
static inline void ukl_syscall_init(void) { }
static inline void ukl_switch_to(struct task_struct *next) { }
static __always_inline bool ukl_stale_int3(struct pt_regs *regs) { return false; }
static __always_inline bool ukl_single_step(struct pt_regs *regs) { return false; }
#define ukl_program_error(error_code)	(error_code)
#define ukl_rights_lost(regs)		false
static inline bool ukl_no_device(struct pt_regs *regs) { return false; }
static __always_inline unsigned long ukl_ist_enter(struct pt_regs *regs) { return 0; }
static __always_inline void ukl_ist_exit(unsigned long ist) { }

#endif /* CONFIG_UKL */

#endif /* _ASM_X86_UKL_H */
