/* The frequency of the time stamp counter that TCG shows to the guest. */
#ifndef TSC_H
#define TSC_H

/*
 * kHz of this host's time stamp counter, measured for ten milliseconds, which is right to
 * some ten millionths; 0 where the host has none. TCG passes the host's counter on.
 */
unsigned tsc_khz(void);

#endif
