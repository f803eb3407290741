/* io_uring without a library, kernel polling threads included, and the older aio calls. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/io_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "check.h"

struct ring {
	int fd;
	unsigned *sq_tail, *sq_mask, *sq_array, *sq_flags;
	unsigned *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
};

static int open_ring(struct ring *ring, unsigned flags)
{
	struct io_uring_params params = { .flags = flags, .sq_thread_idle = 100 };
	char *sq, *cq;

	ring->fd = (int)syscall(SYS_io_uring_setup, 8, &params);
	if (ring->fd < 0)
		return 0;
	sq = mmap(NULL, params.sq_off.array + params.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
		  IORING_OFF_SQ_RING);
	cq = mmap(NULL, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe), PROT_READ | PROT_WRITE,
		  MAP_SHARED, ring->fd, IORING_OFF_CQ_RING);
	ring->sqes = mmap(NULL, params.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED,
			  ring->fd, IORING_OFF_SQES);
	if (sq == MAP_FAILED || cq == MAP_FAILED || ring->sqes == MAP_FAILED)
		return 0;
	ring->sq_tail = (unsigned *)(sq + params.sq_off.tail);
	ring->sq_mask = (unsigned *)(sq + params.sq_off.ring_mask);
	ring->sq_array = (unsigned *)(sq + params.sq_off.array);
	ring->sq_flags = (unsigned *)(sq + params.sq_off.flags);
	ring->cq_head = (unsigned *)(cq + params.cq_off.head);
	ring->cq_tail = (unsigned *)(cq + params.cq_off.tail);
	ring->cq_mask = (unsigned *)(cq + params.cq_off.ring_mask);
	ring->cqes = (struct io_uring_cqe *)(cq + params.cq_off.cqes);
	return 1;
}

/* Runs one operation to its end and returns its result. */
static int run(struct ring *ring, int polled, struct io_uring_sqe operation)
{
	unsigned tail = *ring->sq_tail, slot = tail & *ring->sq_mask;
	int result;

	ring->sqes[slot] = operation;
	ring->sq_array[slot] = slot;
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_SEQ_CST);
	if (!polled)
		syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	else if (__atomic_load_n(ring->sq_flags, __ATOMIC_SEQ_CST) & IORING_SQ_NEED_WAKEUP)
		syscall(SYS_io_uring_enter, ring->fd, 0, 0, IORING_ENTER_SQ_WAKEUP, NULL, 0);
	while (__atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE) == *ring->cq_head)
		usleep(100);
	result = ring->cqes[*ring->cq_head & *ring->cq_mask].res;
	__atomic_store_n(ring->cq_head, *ring->cq_head + 1, __ATOMIC_RELEASE);
	return result;
}

static int round_trip(struct ring *ring, int polled, int file)
{
	static char data[8192], back[8192];
	int right = 1;

	for (int i = 0; i < 50; i++) {
		memset(data, 'a' + i % 26, sizeof(data));
		right &= run(ring, polled, (struct io_uring_sqe){ .opcode = IORING_OP_WRITE, .fd = file,
			.addr = (unsigned long)data, .len = sizeof(data), .off = 4096 }) == sizeof(data);
		right &= run(ring, polled, (struct io_uring_sqe){ .opcode = IORING_OP_READ, .fd = file,
			.addr = (unsigned long)back, .len = sizeof(back), .off = 4096 }) == sizeof(back);
		right &= memcmp(data, back, sizeof(data)) == 0;
	}
	return right;
}

static void rings(int file)
{
	struct ring ring;

	report(open_ring(&ring, 0), "io_uring_setup");
	report(run(&ring, 0, (struct io_uring_sqe){ .opcode = IORING_OP_NOP }) == 0, "a no-op completes");
	report(round_trip(&ring, 0, file), "50 writes and reads");
	/* IOSQE_ASYNC: a worker thread made from the process does it. */
	report(run(&ring, 0, (struct io_uring_sqe){ .opcode = IORING_OP_FSYNC, .fd = file, .flags = IOSQE_ASYNC }) == 0,
	       "a worker thread's fsync");
	report(run(&ring, 0, (struct io_uring_sqe){ .opcode = IORING_OP_READ, .fd = file, .addr = 8, .len = 8 }) == -EFAULT,
	       "a bad address gives -EFAULT");
	close(ring.fd);
	report(open_ring(&ring, IORING_SETUP_SQPOLL) && round_trip(&ring, 1, file), "the same through a polling thread");
	close(ring.fd);
}

static void aio(int file)
{
	static char data[4096] = "aio", back[4096];
	struct iocb operation = { .aio_lio_opcode = IOCB_CMD_PWRITE, .aio_fildes = (unsigned)file,
				  .aio_buf = (unsigned long)data, .aio_nbytes = sizeof(data) };
	struct iocb *operations[] = { &operation };
	struct io_event event = { 0 };
	aio_context_t context = 0;

	report(syscall(SYS_io_setup, 4, &context) == 0, "io_setup");
	report(syscall(SYS_io_submit, context, 1, operations) == 1 &&
	       syscall(SYS_io_getevents, context, 1, 1, &event, NULL) == 1 && event.res == sizeof(data), "an aio write");
	operation.aio_lio_opcode = IOCB_CMD_PREAD;
	operation.aio_buf = (unsigned long)back;
	report(syscall(SYS_io_submit, context, 1, operations) == 1 &&
	       syscall(SYS_io_getevents, context, 1, 1, &event, NULL) == 1 && strcmp(back, "aio") == 0, "an aio read");
	report(syscall(SYS_io_destroy, context) == 0, "io_destroy");
}

int main(void)
{
	int file = open("/tmp", O_TMPFILE | O_RDWR, 0600);

	rings(file);
	aio(file);
	return report_summary();
}
