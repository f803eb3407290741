#include <event2/event.h>
#include <stdio.h>
static void fired(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	printf("%s by %s\n", what & EV_TIMEOUT ? "timeout" : "something", event_base_get_method(arg));
}
int main(void)
{
	struct event_base *base = event_base_new();
	struct timeval soon = { 0, 10000 };

	event_base_once(base, -1, EV_TIMEOUT, fired, base, &soon);
	return event_base_dispatch(base) != 1;
}
