/* Signals of a thread to itself, open and close at the edges of what the kernel's shortcuts handle. */
// test: cflags=-pthread
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include "check.h"

static long show(const char *what, long result)
{
	report(1, "%s: %ld %s", what, result, result < 0 ? strerrorname_np(errno) : "");
	return result;
}

static volatile sig_atomic_t order[16], came;
static siginfo_t last;

static void plain(int sig)
{
	order[came++ & 15] = sig;
}

static void detailed(int sig, siginfo_t *info, void *context)
{
	(void)context;
	order[came++ & 15] = sig;
	last = *info;
}

static void again(int sig)
{
	order[came++ & 15] = sig;
	if (came < 4)
		kill(getpid(), sig); /* blocked in its own handler: after it */
	order[came & 15] = -1;
}

static void set(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(sig, &action, NULL);
}

static int my_tgkill(int sig)
{
	return (int)syscall(SYS_tgkill, getpid(), gettid(), sig);
}

static void to_self(void)
{
	struct sigaction action = { .sa_flags = SA_SIGINFO };
	sigset_t mask;
	int got, fd;

	set(SIGUSR1, plain, 0);
	for (int i = 0; i < 3; i++)
		kill(getpid(), SIGUSR1);
	report(came == 3, "kill() of itself is handled before it returns");
	raise(SIGUSR1);
	my_tgkill(SIGUSR1);
	report(came == 5, "raise() and tgkill() as well");
	show("the null signal", kill(getpid(), 0));
	show("an unknown one", kill(getpid(), 65));
	show("a negative one", kill(getpid(), -1));
	show("tgkill with another process's number", syscall(SYS_tgkill, getppid() + 100000, gettid(), SIGUSR1));

	action.sa_sigaction = detailed;
	sigaction(SIGUSR2, &action, NULL);
	kill(getpid(), SIGUSR2);
	report(last.si_signo == SIGUSR2 && last.si_code == SI_USER && last.si_pid == getpid() && last.si_uid == getuid(),
	       "siginfo of kill()");
	my_tgkill(SIGUSR2);
	report(last.si_code == SI_TKILL && last.si_pid == getpid(), "siginfo of tgkill()");

	came = 0;
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	kill(getpid(), SIGUSR1);
	kill(getpid(), SIGUSR1);
	report(came == 0, "a blocked signal waits");
	report(sigwaitinfo(&mask, &last) == SIGUSR1 && last.si_pid == getpid(), "sigwaitinfo() takes it, sender and all");
	kill(getpid(), SIGUSR1);
	fd = signalfd(-1, &mask, 0);
	struct signalfd_siginfo info;
	report(read(fd, &info, sizeof info) == sizeof info && info.ssi_pid == (unsigned)getpid(), "signalfd takes it");
	kill(getpid(), SIGUSR1);
	sigprocmask(SIG_UNBLOCK, &mask, NULL);
	report(came == 1, "unblocked it comes, once");
	close(fd);

	came = 0;
	set(SIGRTMIN, plain, 0);
	for (int i = 0; i < 3; i++)
		kill(getpid(), SIGRTMIN);
	report(came == 3, "real-time signals come one by one");
	set(SIGUSR1, SIG_IGN, 0);
	came = 0;
	show("an ignored signal", kill(getpid(), SIGUSR1));
	set(SIGUSR1, plain, SA_RESETHAND);
	kill(getpid(), SIGUSR1);
	struct sigaction now;
	sigaction(SIGUSR1, NULL, &now);
	report(came == 1 && now.sa_handler == SIG_DFL, "SA_RESETHAND");
	came = 0;
	set(SIGUSR1, again, 0);
	kill(getpid(), SIGUSR1);
	report(came == 4, "a handler that sends its own signal runs again after itself: %d", (int)came);
	came = 0;
	set(SIGUSR1, plain, SA_NODEFER);
	set(SIGSEGV, plain, 0);
	kill(getpid(), SIGSEGV);
	my_tgkill(SIGSEGV);
	report(came == 2, "SIGSEGV that is sent");
	came = 0;
	set(SIGTSTP, plain, 0);
	set(SIGCONT, plain, 0);
	kill(getpid(), SIGTSTP);
	kill(getpid(), SIGCONT);
	report(came == 2 && order[0] == SIGTSTP && order[1] == SIGCONT, "SIGTSTP and SIGCONT with handlers");
	set(SIGSEGV, SIG_DFL, 0);
	set(SIGUSR1, SIG_DFL, 0);
	pid_t child = fork();
	if (!child) {
		kill(getpid(), SIGUSR1);
		_exit(0);
	}
	waitpid(child, &got, 0);
	report(WIFSIGNALED(got) && WTERMSIG(got) == SIGUSR1, "the default action ends the process");
}

static pthread_t handled_by;
static volatile int created; /* until then pthread_create() blocks all signals */

static void who(int sig)
{
	(void)sig;
	handled_by = pthread_self();
	came++;
}

static void *second(void *arg)
{
	pthread_t *main_thread = arg;

	while (!created)
		usleep(1000);
	came = 0;
	my_tgkill(SIGUSR1);
	report(came == 1 && pthread_equal(handled_by, pthread_self()), "tgkill() in a second thread");
	kill(getpid(), SIGUSR1);
	while (came < 2)
		usleep(1000);
	report(pthread_equal(handled_by, *main_thread), "kill() there goes to the first");
	return NULL;
}

static void threads(void)
{
	pthread_t self = pthread_self(), thread;

	set(SIGUSR1, who, 0);
	pthread_create(&thread, NULL, second, &self);
	created = 1;
	pthread_join(thread, NULL);
	came = 0;
	kill(getpid(), SIGUSR1);
	report(came == 1, "the first thread's own kill()");
}

static void files(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	struct rlimit limit, few;
	char path[300];
	int fd, status, two;

	close(creat("short", 0600));
	fd = (int)show("open", open("short", O_RDWR));
	show("append", open("short", O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY));
	report(fcntl(fd + 1, F_GETFL) == (O_WRONLY | O_APPEND | O_NONBLOCK | 0100000), "F_GETFL says it");
	report(fcntl(fd + 1, F_GETFD) == 0, "no FD_CLOEXEC");
	close(fd + 1);
	two = open("short", O_RDONLY | O_CLOEXEC);
	report(fcntl(two, F_GETFD) == FD_CLOEXEC, "O_CLOEXEC");
	show("write to a file open for reading", write(two, "x", 1));
	close(two);
	show("close again", close(two));
	show("close of -1", close(-1));
	show("close of a large number", close(1 << 30));
	show("open of nothing", open("missing", O_RDONLY));
	show("open of \"\"", open("", O_RDONLY));
	show("open of a bad pointer", open((char *)8, O_RDONLY));
	show("open of a folder for writing", open(".", O_WRONLY));
	show("a file is no folder", open("short/x", O_RDONLY));
	show("access mode 3", close(open("short", O_ACCMODE)));
	symlink("short", "link");
	symlink("loop", "loop");
	show("through a link", close(open("link", O_RDONLY)));
	show("a link to itself", open("loop", O_RDONLY));
	show("O_NOFOLLOW", open("link", O_RDONLY | O_NOFOLLOW));
	show("O_DIRECTORY", open("short", O_RDONLY | O_DIRECTORY));
	show("O_CREAT and O_EXCL", open("short", O_RDWR | O_CREAT | O_EXCL, 0600));
	show("O_PATH", close(open("short", O_PATH)));
	for (size_t size = 93; size <= 98; size++) {
		memset(path, '/', size);
		memcpy(path, "./", 2);
		strcpy(path + size - 5, "short");
		show("a path of about 96 bytes", close(open(path, O_RDONLY)));
	}
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = 0;
	show("a name of 299 bytes", open(path, O_RDONLY));
	char *edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(edge + 4096, 4096);
	memcpy(edge + 4096 - 6, "short", 6);
	show("a path up to the end of its page", close(open(edge + 4096 - 6, O_RDONLY)));
	memcpy(edge + 4096 - 5, "short", 5);
	show("a path that leaves it", open(edge + 4096 - 5, O_RDONLY));
	show("openat with a bad folder", openat(999, "short", O_RDONLY));
	show("openat with a file", openat(fd, "short", O_RDONLY));

	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	few.rlim_cur = (rlim_t)fd + 1;
	setrlimit(RLIMIT_NOFILE, &few);
	show("no descriptor left", open("short", O_RDONLY));
	show("no descriptor left, and nothing there", open("missing", O_RDONLY));
	setrlimit(RLIMIT_NOFILE, &limit);

	/* close() of any descriptor of a file ends the process's locks on it. */
	fcntl(fd, F_SETLK, &lock);
	two = open("short", O_RDWR);
	close(two);
	pid_t child = fork();
	if (!child)
		_exit(fcntl(fd, F_SETLK, &lock) == 0 ? 0 : 1);
	waitpid(child, &status, 0);
	report(status == 0, "close() released a lock");
	close(fd);
	unlink("short");
	unlink("link");
	unlink("loop");
}

int main(void)
{
	to_self();
	threads();
	report(!chdir("/tmp") || !mkdir("/tmp", 0777), "a place for files");
	files();
	return report_summary();
}
