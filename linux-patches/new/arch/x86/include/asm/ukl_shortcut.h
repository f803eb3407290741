/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What makes calls of ring-0 programs shorter (CONFIG_UKL), each with a key that ukl_off=NAME
 * on the kernel command line turns off: see arch/x86/kernel/ukl_calls.c.
 */
#ifndef _ASM_X86_UKL_SHORTCUT_H
#define _ASM_X86_UKL_SHORTCUT_H

#include <linux/jump_label.h>

DECLARE_STATIC_KEY_TRUE(ukl_pid_key);		/* getpid, getppid */
DECLARE_STATIC_KEY_TRUE(ukl_rw_key);		/* read, write */
DECLARE_STATIC_KEY_TRUE(ukl_stat_key);		/* fstat */
DECLARE_STATIC_KEY_TRUE(ukl_event_key);		/* read of an eventfd */
DECLARE_STATIC_KEY_TRUE(ukl_pipe_key);		/* read and write of a pipe */
DECLARE_STATIC_KEY_TRUE(ukl_socket_key);	/* send, recv; stream sockets of the unix kind */
DECLARE_STATIC_KEY_TRUE(ukl_loopback_key);	/* TCP over the loopback device */
DECLARE_STATIC_KEY_TRUE(ukl_path_key);		/* open, close */
DECLARE_STATIC_KEY_TRUE(ukl_signal_key);	/* kill, tgkill of the thread itself */
DECLARE_STATIC_KEY_TRUE(ukl_stack_key);		/* kernel stacks are not cleared for the next thread */
DECLARE_STATIC_KEY_TRUE(ukl_load_key);		/* no load averages on one CPU */
DECLARE_STATIC_KEY_TRUE(ukl_gs_key);		/* GS stays as it is over a context switch */
DECLARE_STATIC_KEY_TRUE(ukl_clock_key);		/* the slack of a timeout from the last tick's time */

/* Copies to and from user space below this size, from 64 bytes on, use plain moves. */
extern unsigned long ukl_copy_below;

#endif /* _ASM_X86_UKL_SHORTCUT_H */
