/* The virtio-serial ports that lead to the launcher. */
#ifndef PORTS_H
#define PORTS_H

enum { PORT_IN = 1, PORT_OUT, PORT_ERR, PORT_STATUS };

/*
 * Open port NUMBER, waiting for it to appear, then up to PATIENCE milliseconds for its other
 * side to be connected. Non-blocking, close-on-exec. Returns the descriptor, or -1 if the port
 * did not come; one that is not connected reads as ended.
 */
int port_open(int number, int patience);

/* Patience with a launcher, which connects always; and without, where input may have ended. */
#define WITH_LAUNCHER 30000
#define BY_HAND 200

/* Open the terminal /dev/hvc0, waiting for it to appear. Returns the descriptor or -1. */
int terminal_open(void);

/* Write all of SIZE bytes, waiting as long as it takes. Returns 0, or -1 if nobody listens. */
int port_write(int fd, const char *data, size_t size);

#endif
