/* What a busy machine does besides serving, in ring 0: processes, threads, timers, signals, faults, memory,
 * files, sockets, over and over, each with its result checked.
 *
 * soak-churn RATE     so many rounds a second until SIGTERM; then one line with the counts. Status 1 if
 *                     anything was wrong, which standard error has named
 * soak-churn child N  ends with status N: what a round executes
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t over, ticks, told;
static sigjmp_buf recovery;
static unsigned long failures;

static void wrong(const char *what, long got)
{
	failures++;
	fprintf(stderr, "soak-churn: %s: got %ld, errno %s\n", what, got, strerrorname_np(errno));
}

static void on_term(int signal)
{
	(void)signal;
	over = 1;
}

static void on_tick(int signal)
{
	volatile double x = ticks;

	(void)signal;
	x = x * 1.5 + 2.25; /* uses the registers that the interrupted code has values in */
	ticks++;
}

static void on_told(int signal)
{
	(void)signal;
	told++;
}

static void on_fault(int signal)
{
	(void)signal;
	siglongjmp(recovery, 1);
}

static void handle(int signal, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

static int status_of(pid_t child)
{
	int status = -1;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void fork_and_exec(unsigned long round)
{
	int wanted = (int)(round % 100), got;
	char number[12];
	pid_t child = fork();

	if (child == 0) {
		snprintf(number, sizeof(number), "%d", wanted);
		execl("/proc/self/exe", "soak-churn", "child", number, (char *)NULL);
		_exit(127);
	}
	got = status_of(child);
	if (got != wanted)
		wrong("status of an executed child", got);
}

/* A child gets bytes back to its parent, and signals from it, until it is killed. */
static void pipes_and_signals(void)
{
	int to[2], from[2], got;
	char c = 0;
	pid_t child;

	if (pipe(to) || pipe(from)) {
		wrong("pipe", -1);
		return;
	}
	told = 0;
	child = fork();
	if (child == 0) {
		close(to[1]);
		while (read(to[0], &c, 1) == 1) {
			c = (char)(c + 1);
			if (write(from[1], &c, 1) != 1)
				_exit(3);
		}
		_exit(told ? 0 : 4);
	}
	close(to[0]);
	close(from[1]);
	for (int i = 0; i < 20; i++) {
		c = (char)i;
		if (i == 10)
			kill(child, SIGUSR1);
		if (write(to[1], &c, 1) != 1 || read(from[0], &c, 1) != 1 || c != (char)(i + 1))
			wrong("byte through two pipes", c);
	}
	close(to[1]);
	close(from[0]);
	got = status_of(child);
	if (got)
		wrong("status of a child that had a signal", got);
	child = fork();
	if (child == 0)
		for (;;)
			pause();
	kill(child, SIGKILL);
	got = status_of(child);
	if (got != 128 + SIGKILL)
		wrong("status of a killed child", got);
}

static _Atomic int turn;

static void *other_side(void *argument)
{
	pthread_mutex_t *mutex = argument;

	for (int i = 0; i < 50; i++) {
		pthread_mutex_lock(mutex);
		turn++;
		pthread_mutex_unlock(mutex);
	}
	return argument;
}

static void threads(void)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread[4];
	void *result;
	double x = 1;

	turn = 0;
	for (int i = 0; i < 4; i++)
		if (pthread_create(&thread[i], NULL, other_side, &mutex))
			wrong("pthread_create", i);
	for (int i = 0; i < 1000; i++)
		x = x * 1.0000001 + 0.5;
	for (int i = 0; i < 4; i++) {
		pthread_join(thread[i], &result);
		if (result != &mutex)
			wrong("result of a thread", i);
	}
	if (turn != 200)
		wrong("counts of four threads", turn);
	if (x < 501.02 || x > 501.03)
		wrong("sum in floating point, times 100", (long)(x * 100));
}

static void faults(void)
{
	char *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *volatile nowhere = (char *)16;
	volatile int caught = 0;

	for (volatile int i = 0; i < 3; i++) {
		if (sigsetjmp(recovery, 1)) {
			caught++;
			continue;
		}
		if (i == 0)
			*(volatile char *)page = 1;
		else if (i == 1)
			*nowhere = 1;
		else
			__asm__ volatile("ud2");
	}
	munmap(page, 4096);
	if (caught != 3)
		wrong("faults caught", caught);
}

static void memory(unsigned long round)
{
	enum { SIZE = 2 << 20 };
	char *area = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (area == MAP_FAILED) {
		wrong("mmap", -1);
		return;
	}
	for (size_t i = 0; i < SIZE; i += 4096)
		area[i] = (char)(i / 4096 + round);
	if (mprotect(area, SIZE, PROT_READ))
		wrong("mprotect", -1);
	for (size_t i = 0; i < SIZE; i += 4096)
		if (area[i] != (char)(i / 4096 + round)) {
			wrong("byte of a fresh page", area[i]);
			break;
		}
	munmap(area, SIZE);
}

static void files(unsigned long round)
{
	static char data[70000], back[70000];
	int fd = open("/tmp/soak-churn", O_RDWR | O_CREAT | O_TRUNC, 0600);

	memset(data, (int)(round % 251), sizeof(data));
	if (fd < 0 || write(fd, data, sizeof(data)) != (ssize_t)sizeof(data) || rename("/tmp/soak-churn", "/tmp/soak-churned") ||
	    pread(fd, back, sizeof(back), 0) != (ssize_t)sizeof(back) || memcmp(data, back, sizeof(back)) != 0 ||
	    unlink("/tmp/soak-churned") || close(fd))
		wrong("file written, renamed, read, removed", fd);
}

/* A connection over loopback and a timer, both awaited by epoll. */
static void sockets_and_timers(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct itimerspec soon = { .it_value = { .tv_nsec = 1000000 } };
	struct epoll_event event = { .events = EPOLLIN }, got;
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0), server;
	int timer = timerfd_create(CLOCK_MONOTONIC, 0), epoll = epoll_create1(0), n;
	unsigned long expired = 0;
	char text[6] = "";

	if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1) ||
	    getsockname(listener, (struct sockaddr *)&address, &size) || connect(client, (struct sockaddr *)&address, size))
		wrong("connection to itself", -1);
	server = accept(listener, NULL, NULL);
	if (write(client, "hello", 6) != 6 || read(server, text, 6) != 6 || strcmp(text, "hello") != 0)
		wrong("bytes to itself", text[0]);
	timerfd_settime(timer, 0, &soon, NULL);
	event.data.fd = timer;
	epoll_ctl(epoll, EPOLL_CTL_ADD, timer, &event);
	while ((n = epoll_wait(epoll, &got, 1, 5000)) < 0 && errno == EINTR)
		;
	if (n != 1 || read(timer, &expired, sizeof(expired)) != sizeof(expired) || expired != 1)
		wrong("timer by epoll", (long)expired);
	close(listener);
	close(client);
	close(server);
	close(timer);
	close(epoll);
}

int main(int argc, char **argv)
{
	struct sigevent notify = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN };
	struct itimerspec every = { .it_interval = { .tv_nsec = 10000000 }, .it_value = { .tv_nsec = 10000000 } };
	unsigned long round = 0;
	struct timespec pause;
	timer_t timer;
	int rate;

	if (argc == 3 && strcmp(argv[1], "child") == 0)
		return atoi(argv[2]);
	rate = argc == 2 ? atoi(argv[1]) : 0;
	if (rate < 1 || rate > 1000000000) {
		fprintf(stderr, "usage: soak-churn ROUNDS-PER-SECOND\n");
		return 2;
	}
	pause = (struct timespec){ .tv_sec = rate == 1, .tv_nsec = rate == 1 ? 0 : 1000000000 / rate };
	handle(SIGTERM, on_term, SA_RESTART);
	handle(SIGRTMIN, on_tick, SA_RESTART);
	handle(SIGUSR1, on_told, SA_RESTART);
	handle(SIGSEGV, on_fault, SA_NODEFER);
	handle(SIGILL, on_fault, SA_NODEFER);
	if (timer_create(CLOCK_MONOTONIC, &notify, &timer) || timer_settime(timer, 0, &every, NULL))
		wrong("timer_create", -1);
	for (; !over; round++) {
		fork_and_exec(round);
		pipes_and_signals();
		threads();
		faults();
		memory(round);
		files(round);
		sockets_and_timers();
		nanosleep(&pause, NULL); /* a tick may end it: the rate is about right */
	}
	printf("%lu rounds, %ld timer signals, %lu failures\n", round, (long)ticks, failures);
	return failures || !ticks;
}
