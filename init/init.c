/*
 * PID 1 of an image: prepare the system, run the program as an ordinary child, tell the
 * launcher how it ended, stop the machine. The protocol of the status port is in
 * run/status.h, the contents of /ukl/config in config.h.
 */
#include <linux/reboot.h>
#include <linux/wait.h>

#include "clock.h"
#include "config.h"
#include "mounts.h"
#include "net.h"
#include "net6.h"
#include "ports.h"
#include "program.h"
#include "sys.h"

static __attribute__((noreturn)) void stop_machine(void)
{
	sys0(__NR_sync);
	reboot(LINUX_REBOOT_CMD_RESTART);
	for (;;)
		nap();
}

static void append_number(char *text, const char *separator, unsigned long n)
{
	strcpy(text + strlen(text), separator);
	utoa_r(n, text + strlen(text));
}

static void describe(char *text, const struct outcome *outcome)
{
	int signal = WTERMSIG(outcome->status); /* nolibc's WIFSIGNALED is true of 0 */

	strcpy(text, signal ? "signal" : "exit");
	append_number(text, " ", signal ? signal : WEXITSTATUS(outcome->status));
	append_number(text, " ", outcome->out);
	append_number(text, " ", outcome->err);
}

/* Without a launcher there is nobody to wait for; with one, wait until it has every byte. */
static void tell(int port, const struct outcome *outcome)
{
	struct pollfd closed = { .fd = port };
	char text[100];

	describe(text, outcome);
	if (port < 0) {
		if (outcome->status)
			report("the program ended:", text);
		for (int ms = 0; ms < BY_HAND; ms++)
			nap(); /* QEMU may still be busy with the last output */
		return;
	}
	strcpy(text + strlen(text), "\n");
	if (!port_write(port, text, strlen(text)))
		poll(&closed, 1, -1);
}

int main(int argc, char **argv, char **envp)
{
	struct config config = { 0 };
	struct outcome outcome = { 0 };
	int status_port = -1;

	mount_system();
	config_read(&config, argc, argv, envp);
	sys2(__NR_sethostname, "ukl", 3);
	net_up(config.net);
	if (config.net6)
		net6_set(config.net6);
	link_program(config.cwd, config.argv[0]);
	if (mount_requested(&config))
		stop_machine();
	if (config.status_port)
		status_port = port_open(PORT_STATUS, WITH_LAUNCHER);
	if (config.clock_port)
		clock_set(status_port);
	if (program_run(&config, status_port, &outcome))
		stop_machine();
	unmount_all(&config);
	tell(status_port, &outcome);
	stop_machine();
}
