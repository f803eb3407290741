/* epoll, eventfd, timerfd, signalfd, poll, select: the ways to wait. */
// test: cflags=-pthread smp=2
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include "check.h"

static void count(int signo)
{
	(void)signo;
}

static void add(int poller, int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0)
		exit(1);
}

static void *post(void *arg)
{
	for (int i = 0; i < 1000; i++)
		if (eventfd_write(*(int *)arg, 1) != 0)
			return arg;
	return NULL;
}

static void *signal_soon(void *arg)
{
	usleep(50000);
	pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

int main(void)
{
	int poller = epoll_create1(EPOLL_CLOEXEC), event_fd = eventfd(0, 0), ends[2];
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK), signals;
	struct itimerspec soon = { { 0, 5000000 }, { 0, 5000000 } }, never = { 0 };
	struct sigaction action = { .sa_handler = count };
	struct epoll_event event;
	struct signalfd_siginfo info;
	pthread_t thread, self = pthread_self();
	uint64_t expirations, sum = 0;
	eventfd_t value;
	struct timeval timeout = { 0, 20000 };
	struct timespec second = { 1, 0 };
	fd_set readable;
	sigset_t set, empty;
	char byte;

	if (pipe(ends) != 0)
		return 1;
	add(poller, ends[0], EPOLLIN);
	report(epoll_wait(poller, &event, 1, 0) == 0, "nothing is ready at first");
	report(write(ends[1], "a", 1) == 1 && epoll_wait(poller, &event, 1, 1000) == 1 && event.data.fd == ends[0],
	       "epoll sees a pipe");
	report(epoll_wait(poller, &event, 1, 0) == 1, "level-triggered: again");
	report(read(ends[0], &byte, 1) == 1 && epoll_wait(poller, &event, 1, 20) == 0, "until it was read");

	add(poller, event_fd, EPOLLIN | EPOLLET);
	pthread_create(&thread, NULL, post, &event_fd);
	while (sum < 1000 && epoll_wait(poller, &event, 1, 2000) == 1)
		if (eventfd_read(event_fd, &value) == 0)
			sum += value;
	pthread_join(thread, NULL);
	report(sum == 1000, "eventfd counts 1000 posts of a thread, edge-triggered");

	add(poller, timer, EPOLLIN);
	timerfd_settime(timer, 0, &soon, NULL);
	sum = 0;
	while (sum < 20 && epoll_wait(poller, &event, 1, 2000) == 1 && event.data.fd == timer)
		if (read(timer, &expirations, 8) == 8)
			sum += expirations;
	timerfd_settime(timer, 0, &never, NULL);
	report(sum >= 20, "timerfd expires 20 times");

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	add(poller, signals, EPOLLIN);
	raise(SIGUSR2);
	report(epoll_wait(poller, &event, 1, 1000) == 1 && event.data.fd == signals &&
	       read(signals, &info, sizeof(info)) == sizeof(info) && info.ssi_signo == SIGUSR2 &&
	       info.ssi_pid == (uint32_t)getpid(), "signalfd reads a signal");

	sigaction(SIGUSR1, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigemptyset(&empty);
	pthread_create(&thread, NULL, signal_soon, &self);
	errno = 0;
	report(epoll_pwait(poller, &event, 1, 2000, &empty) == -1 && errno == EINTR, "epoll_pwait lets a signal in");
	pthread_join(thread, NULL);
	pthread_create(&thread, NULL, signal_soon, &self);
	errno = 0;
	report(ppoll(NULL, 0, &second, &empty) == -1 && errno == EINTR, "ppoll does");
	pthread_join(thread, NULL);
	errno = 0;
	raise(SIGUSR1);
	report(pselect(0, NULL, NULL, NULL, &second, &empty) == -1 && errno == EINTR, "pselect does");

	FD_ZERO(&readable);
	FD_SET(ends[0], &readable);
	report(select(ends[0] + 1, &readable, NULL, NULL, &timeout) == 0, "select times out");
	struct pollfd polled = { .fd = ends[0], .events = POLLIN };

	close(ends[1]);
	report(poll(&polled, 1, 1000) == 1 && (polled.revents & POLLHUP), "poll sees the other end closed");
	return report_summary();
}
