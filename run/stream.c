#include "stream.h"

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <unistd.h>

void stream_init(struct stream *s, int from, int to)
{
	s->from = from;
	s->to = to;
	s->start = s->end = 0;
	s->received = 0;
}

bool stream_wants_input(const struct stream *s)
{
	return s->from >= 0 && s->start == s->end;
}

bool stream_wants_output(const struct stream *s)
{
	return s->to >= 0 && s->start < s->end;
}

ssize_t stream_fill(struct stream *s)
{
	ssize_t n = read(s->from, s->data, sizeof s->data);

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return n;
	if (n <= 0) {
		s->from = -1;
		return n;
	}
	s->start = 0;
	s->end = n;
	s->received += n;
	return n;
}

int stream_flush(struct stream *s)
{
	size_t size = s->end - s->start;
	ssize_t n = send(s->to, s->data + s->start, size, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (n < 0 && errno == ENOTSOCK) /* poll promises room for PIPE_BUF bytes, no more */
		n = write(s->to, s->data + s->start, size < PIPE_BUF ? size : PIPE_BUF);
	if (n >= 0) {
		s->start += n;
		return 0;
	}
	if (errno == EINTR || errno == EAGAIN)
		return 0;
	s->to = -1;
	s->start = s->end = 0;
	return -1;
}
