/* The time of day, from the launcher. */
#ifndef CLOCK_H
#define CLOCK_H

/*
 * Ask at the status port PORT what time it is, and set the clock. The kernel has set it from the RTC, which
 * counts seconds: on a busy host that was seen to be 1.2 s off. Without an answer the clock stays as it is.
 */
void clock_set(int port);

#endif
