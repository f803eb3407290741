/*
 * The calls that fuzz.c makes, and what their arguments look like, a letter each:
 *
 *	f  file descriptor		p  pointer
 *	n  path				l  length or count
 *	x  any number			g  flags: few bits
 *	i  small number			0  zero
 *	c  ioctl or fcntl command	S  signal number
 *	h  hostile pointer		m  address of memory that is not the program's own
 *
 * Left out: what ends, stops or replaces the process or the machine (exit, pause, execve with a path that
 * exists, reboot, kill), changes what all processes share (clocks, mounts, host name), uses up memory
 * (fallocate), needs valid code behind its pointers (clone, rt_sigreturn), ends a wait at a time of its own
 * (setitimer, timer_settime), and what ring 0 does not have (arch_prctl, iopl, modify_ldt: doc/design.md).
 */
CALL(read, "fpl") CALL(write, "fpl") CALL(open, "ngi") CALL(close, "f") CALL(stat, "np") CALL(fstat, "fp") CALL(lstat, "np")
CALL(poll, "pi0") CALL(lseek, "fxi") CALL(mmap, "mlgg" "fx") CALL(mprotect, "mlg") CALL(munmap, "ml")
CALL(rt_sigaction, "Sppl") CALL(rt_sigprocmask, "ippl") CALL(ioctl, "fcp") CALL(pread64, "fplx") CALL(pwrite64, "fplx")
CALL(readv, "fpi") CALL(writev, "fpi") CALL(access, "ni") CALL(pipe, "p") CALL(select, "ipppp") CALL(sched_yield, "")
CALL(mremap, "mllgm") CALL(msync, "mli") CALL(mincore, "mlp") CALL(madvise, "mli") CALL(shmget, "ilg") CALL(shmat, "ipi")
CALL(shmctl, "iip") CALL(dup, "f") CALL(dup2, "ff") CALL(nanosleep, "pp") CALL(getitimer, "ip") CALL(setitimer, "ipp")
CALL(getpid, "") CALL(sendfile, "ffpl") CALL(socket, "iii") CALL(connect, "fpl") CALL(accept, "fpp") CALL(sendto, "fplgpl")
CALL(recvfrom, "fplgpp") CALL(sendmsg, "fpg") CALL(recvmsg, "fpg") CALL(shutdown, "fi") CALL(bind, "fpl") CALL(listen, "fi")
CALL(getsockname, "fpp") CALL(getpeername, "fpp") CALL(socketpair, "iiip") CALL(setsockopt, "fiipl") CALL(getsockopt, "fiipp")
CALL(wait4, "xpip") CALL(uname, "p") CALL(semget, "iig") CALL(semop, "ipl") CALL(semctl, "iiip") CALL(shmdt, "p") CALL(msgget, "ig")
CALL(msgsnd, "iplg") CALL(msgrcv, "iplig") CALL(msgctl, "iip") CALL(fcntl, "fcp") CALL(flock, "fi") CALL(fsync, "f")
CALL(fdatasync, "f") CALL(truncate, "nl") CALL(ftruncate, "fl") CALL(getdents, "fpl") CALL(getcwd, "pl") CALL(chdir, "n")
CALL(fchdir, "f") CALL(rename, "nn") CALL(mkdir, "ni") CALL(rmdir, "n") CALL(creat, "ni") CALL(link, "nn") CALL(unlink, "n")
CALL(symlink, "nn") CALL(readlink, "npl") CALL(chmod, "ni") CALL(fchmod, "fi") CALL(chown, "nii") CALL(fchown, "fii")
CALL(umask, "i") CALL(gettimeofday, "pp") CALL(getrlimit, "ip") CALL(getrusage, "ip") CALL(sysinfo, "p") CALL(times, "p")
CALL(getuid, "") CALL(setgroups, "lp") CALL(getgroups, "ip") CALL(getresuid, "ppp") CALL(getresgid, "ppp") CALL(capget, "pp")
CALL(capset, "pp") CALL(rt_sigpending, "pl") CALL(rt_sigtimedwait, "pppl") CALL(rt_sigqueueinfo, "xSp") CALL(rt_sigsuspend, "pl")
CALL(sigaltstack, "pp") CALL(utime, "np") CALL(mknod, "ngx") CALL(statfs, "np") CALL(fstatfs, "fp") CALL(getpriority, "ii")
CALL(sched_getparam, "0p") CALL(sched_setparam, "0p") CALL(sched_getscheduler, "x") CALL(sched_rr_get_interval, "xp") CALL(mlock, "ml")
CALL(munlock, "ml") CALL(prlimit64, "0ipp") CALL(sync, "") CALL(getxattr, "nppl") CALL(setxattr, "npplg") CALL(listxattr, "npl")
CALL(futex, "pixppi") CALL(sched_setaffinity, "0lp") CALL(sched_getaffinity, "0lp") CALL(io_setup, "lp") CALL(io_destroy, "x")
CALL(io_getevents, "xiipp") CALL(io_submit, "xip") CALL(io_cancel, "xpp") CALL(epoll_create, "i") CALL(epoll_ctl, "fifp")
CALL(epoll_wait, "fpi0") CALL(getdents64, "fpl") CALL(set_tid_address, "p") CALL(restart_syscall, "") CALL(semtimedop, "iplp")
CALL(fadvise64, "fxli") CALL(timer_create, "ipp") CALL(timer_gettime, "ip") CALL(timer_delete, "i")
CALL(clock_gettime, "ip") CALL(clock_getres, "ip") CALL(clock_nanosleep, "iipp") CALL(utimes, "np") CALL(mbind, "mlippi")
CALL(set_mempolicy, "ipl") CALL(get_mempolicy, "pplmi") CALL(mq_open, "ngip") CALL(mq_unlink, "n") CALL(mq_timedsend, "fplip")
CALL(mq_timedreceive, "fplpp") CALL(waitid, "ixppp") CALL(add_key, "nnpli") CALL(keyctl, "iippl") CALL(inotify_init, "")
CALL(inotify_add_watch, "fng") CALL(openat, "fngi") CALL(mkdirat, "fni") CALL(newfstatat, "fnpi") CALL(unlinkat, "fni")
CALL(renameat, "fnfn") CALL(linkat, "fnfni") CALL(symlinkat, "nfn") CALL(readlinkat, "fnpl") CALL(faccessat, "fni")
CALL(pselect6, "ippppp") CALL(ppoll, "pippl") CALL(unshare, "i") CALL(set_robust_list, "pl") CALL(get_robust_list, "0pp")
CALL(splice, "fpfplg") CALL(tee, "fflg") CALL(sync_file_range, "fxli") CALL(vmsplice, "fpig") CALL(move_pages, "xlpppi")
CALL(utimensat, "fnpi") CALL(epoll_pwait, "fpi0pl") CALL(signalfd, "fpl") CALL(timerfd_create, "ii") CALL(eventfd, "i")
CALL(timerfd_settime, "fipp") CALL(timerfd_gettime, "fp") CALL(accept4, "fppi") CALL(signalfd4, "fpli") CALL(eventfd2, "xi")
CALL(epoll_create1, "i") CALL(dup3, "ffi") CALL(pipe2, "pi") CALL(inotify_init1, "i") CALL(preadv, "fpixx") CALL(pwritev, "fpixx")
CALL(rt_tgsigqueueinfo, "xxSp") CALL(perf_event_open, "pxxfi") CALL(recvmmsg, "fpigp") CALL(sendmmsg, "fpig") CALL(getcpu, "ppp")
CALL(process_vm_readv, "xpipii") CALL(process_vm_writev, "xpipii") CALL(kcmp, "xxiii") CALL(sched_setattr, "0pi")
CALL(sched_getattr, "0pli") CALL(renameat2, "fnfni") CALL(seccomp, "2ip") CALL(getrandom, "pli") CALL(memfd_create, "ng")
CALL(execve, "ppp") CALL(execveat, "fpppi") CALL(userfaultfd, "i") CALL(membarrier, "ii") CALL(mlock2, "mli")
CALL(copy_file_range, "fpfplg") CALL(preadv2, "fpixxg") CALL(pwritev2, "fpixxg") CALL(statx, "fnigp") CALL(pidfd_open, "xi")
CALL(openat2, "fnpl") CALL(pidfd_getfd, "ffi") CALL(faccessat2, "fnii") CALL(process_madvise, "fpiii") CALL(epoll_pwait2, "fpippl")
CALL(close_range, "xxi") CALL(io_uring_setup, "ip") CALL(io_uring_enter, "fiiipl") CALL(io_uring_register, "fipi") CALL(rseq, "plix")
CALL(clone3, "hl") CALL(futex_waitv, "piipi") CALL(personality, "i") CALL(pkey_alloc, "ii") CALL(pkey_mprotect, "mlgi") CALL(pkey_free, "i")
