/* Clients on the host that know what every answer has to be.
 *
 * soak-client redis PORT SECONDS CONNECTIONS RATE   RATE: requests per second, of all connections together
 * soak-client http PORT SECONDS CONNECTIONS RATE    GETs of /FILE, which the working folder has as html/FILE
 *
 * A process for each connection. Prints one line with the counts; status 1 if any answer was wrong or missing,
 * which standard error has named. A server may close an idle connection (nginx does when it is told to reload): a
 * request that has not had a byte of an answer is then sent again on a new one, as any HTTP client does.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { KEYS = 200, LARGEST = 60000, PATIENCE = 60 };

/* Shared by the processes, each of which adds to it atomically. */
static struct {
	unsigned long requests, connections, again, wrong;
} *counts;

static int port, connection = -1, number;
static char input[1 << 17];
static size_t filled, used;

static void wrong(const char *format, ...)
{
	va_list list;

	__atomic_fetch_add(&counts->wrong, 1, __ATOMIC_RELAXED);
	fprintf(stderr, "soak-client %d: ", number);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
}

static bool reconnect(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons((unsigned short)port),
				       .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct timeval patience = { .tv_sec = PATIENCE };
	int on = 1;

	if (connection >= 0)
		close(connection);
	filled = used = 0;
	connection = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	__atomic_fetch_add(&counts->connections, 1, __ATOMIC_RELAXED);
	return connect(connection, (struct sockaddr *)&address, sizeof(address)) == 0;
}

static bool send_all(const char *data, size_t size)
{
	for (ssize_t n; size > 0; data += n, size -= (size_t)n) {
		n = send(connection, data, size, MSG_NOSIGNAL);
		if (n <= 0)
			return false;
	}
	return true;
}

/* The buffer that get() and line() take from, which is empty, is filled again. */
static bool more(void)
{
	ssize_t n;

	used = filled = 0;
	n = recv(connection, input, sizeof(input), 0);
	if (n <= 0)
		return false;
	filled = (size_t)n;
	return true;
}

static bool get(char *to, size_t size)
{
	while (size > 0) {
		size_t part = filled - used < size ? filled - used : size;

		memcpy(to, input + used, part);
		used += part;
		to += part;
		size -= part;
		if (size > 0 && !more())
			return false;
	}
	return true;
}

/* A line without its CR LF; NULL if the connection has ended or the line is too long. */
static char *line(void)
{
	static char text[1000];
	size_t n = 0;

	for (;;) {
		if (n == sizeof(text) || !get(text + n, 1))
			return NULL;
		if (text[n] == '\n') {
			text[n ? n - 1 : 0] = '\0';
			return text;
		}
		n++;
	}
}

/* Redis: what each key of this connection holds. */
static struct {
	unsigned int seed;
	size_t size;
} held[KEYS];
static unsigned long counter;

static void pattern(char *to, unsigned int seed, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		seed = seed * 1103515245u + 12345u;
		to[i] = (char)(seed >> 16);
	}
}

/* A command of binary-safe words, the last of them DATA of SIZE bytes if SIZE is not 0. */
static bool command(const char *data, size_t size, int words, ...)
{
	static char text[LARGEST + 1000];
	size_t n = (size_t)sprintf(text, "*%d\r\n", words + (size != 0));
	va_list list;

	va_start(list, words);
	for (int i = 0; i < words; i++) {
		const char *word = va_arg(list, const char *);

		n += (size_t)sprintf(text + n, "$%zu\r\n%s\r\n", strlen(word), word);
	}
	va_end(list);
	if (size) {
		n += (size_t)sprintf(text + n, "$%zu\r\n", size);
		memcpy(text + n, data, size);
		n += size;
		n += (size_t)sprintf(text + n, "\r\n");
	}
	return send_all(text, n);
}

static bool answers(const char *wanted)
{
	const char *got = line();

	if (got && strcmp(got, wanted) == 0)
		return true;
	wrong("wanted %s, got %s", wanted, got ? got : "the end of the connection");
	return false;
}

static bool answers_bulk(const char *wanted, size_t size)
{
	static char got[LARGEST + 2];
	char header[30];

	snprintf(header, sizeof(header), "$%zu", size);
	if (!answers(header))
		return false;
	if (get(got, size + 2) && memcmp(got, wanted, size) == 0)
		return true;
	wrong("a value of %zu bytes is not what was stored", size);
	return false;
}

static bool set_key(const char *name, unsigned int key)
{
	static char data[LARGEST];

	held[key].seed = (unsigned int)random();
	held[key].size = random() % 20 ? 1 + (size_t)random() % 2000 : 1 + (size_t)random() % LARGEST;
	pattern(data, held[key].seed, held[key].size);
	return command(data, held[key].size, 2, "SET", name) && answers("+OK");
}

static bool get_key(const char *name, unsigned int key)
{
	static char data[LARGEST];

	if (!command(NULL, 0, 2, "GET", name))
		return false;
	if (!held[key].size)
		return answers("$-1");
	pattern(data, held[key].seed, held[key].size);
	return answers_bulk(data, held[key].size);
}

static bool count_up(const char *name)
{
	char wanted[30];

	/* Sixteen at once, then their sixteen answers. */
	for (int i = 0; i < 16; i++)
		if (!command(NULL, 0, 2, "INCR", name))
			return false;
	for (int i = 0; i < 16; i++) {
		snprintf(wanted, sizeof(wanted), ":%lu", ++counter);
		if (!answers(wanted))
			return false;
	}
	return true;
}

static bool list(const char *name)
{
	return command(NULL, 0, 5, "RPUSH", name, "a", "b", "c") && answers(":3") && command(NULL, 0, 4, "LRANGE", name, "1", "-1") &&
	       answers("*2") && answers_bulk("b", 1) && answers_bulk("c", 1) && command(NULL, 0, 2, "DEL", name) && answers(":1");
}

/* A key that goes away by itself. */
static bool expiring(const char *name)
{
	return command(NULL, 0, 5, "SET", name, "x", "PX", "100000") && answers("+OK") &&
	       command(NULL, 0, 3, "PEXPIRE", name, "1") && answers(":1") && usleep(20000) == 0 &&
	       command(NULL, 0, 2, "GET", name) && answers("$-1");
}

static bool redis_request(void)
{
	unsigned int key = (unsigned int)random() % KEYS;
	char name[40];

	snprintf(name, sizeof(name), "soak:%d:%u", number, key);
	switch (random() % 16) {
	case 0:
		snprintf(name, sizeof(name), "soak:%d:counter", number);
		return count_up(name);
	case 1:
		snprintf(name, sizeof(name), "soak:%d:list", number);
		return list(name);
	case 2:
		snprintf(name, sizeof(name), "soak:%d:expiring", number);
		return expiring(name);
	case 3: /* also a new connection */
		return reconnect() && command(NULL, 0, 1, "PING") && answers("+PONG");
	case 4:
	case 5:
	case 6:
	case 7:
		return set_key(name, key);
	default:
		return get_key(name, key);
	}
}

/* nginx: the files, as the host has them. */
static struct file {
	const char *name;
	char *data;
	size_t size;
} file[] = { { "index.html", NULL, 0 }, { "big", NULL, 0 } };

static void read_files(void)
{
	for (size_t i = 0; i < sizeof(file) / sizeof(*file); i++) {
		char path[100];
		FILE *in;

		snprintf(path, sizeof(path), "html/%s", file[i].name);
		in = fopen(path, "r");
		file[i].data = malloc(4 << 20);
		if (!in || !(file[i].size = fread(file[i].data, 1, 4 << 20, in))) {
			fprintf(stderr, "soak-client: %s: %s\n", path, strerror(errno));
			exit(2);
		}
		fclose(in);
	}
}

/* Sent again while no byte of an answer has come. */
static char *ask(const char *request)
{
	char *status;

	for (int attempt = 0; attempt < 4; attempt++) {
		if (attempt) {
			__atomic_fetch_add(&counts->again, 1, __ATOMIC_RELAXED);
			if (!reconnect())
				continue;
		}
		if (send_all(request, strlen(request)) && (used < filled || more())) {
			status = line();
			return status ? status : (char *)"half a line";
		}
	}
	return NULL;
}

static bool http_request(void)
{
	static char got[4 << 20];
	const struct file *wanted = &file[random() % 10 == 0];
	bool part = wanted->size > 10000 && random() % 2, last = random() % 50 == 0;
	size_t from = part ? (size_t)random() % (wanted->size - 5000) : 0, size = part ? 5000 : wanted->size, length = 0;
	char request[300];
	char *text;

	snprintf(request, sizeof(request), "GET /%s HTTP/1.1\r\nHost: guest\r\nConnection: %s\r\n", wanted->name, last ? "close" : "keep-alive");
	if (part)
		sprintf(request + strlen(request), "Range: bytes=%zu-%zu\r\n", from, from + size - 1);
	strcat(request, "\r\n");
	text = ask(request);
	if (!text || strcmp(text, part ? "HTTP/1.1 206 Partial Content" : "HTTP/1.1 200 OK") != 0) {
		wrong("GET /%s: %s", wanted->name, text ? text : "no answer");
		return false;
	}
	while ((text = line()) && *text)
		sscanf(text, "Content-Length: %zu", &length);
	if (!text || length != size || !get(got, size) || memcmp(got, wanted->data + from, size) != 0) {
		wrong("GET /%s: the body is not the file's (%zu bytes)", wanted->name, length);
		return false;
	}
	return last ? reconnect() : true;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void client(bool (*request)(void), double seconds, double interval)
{
	double end = now() + seconds, next = now();

	srandom((unsigned int)number + 1);
	if (!reconnect()) {
		wrong("connect: %s", strerror(errno));
		return;
	}
	while (now() < end) {
		if (!request()) {
			wrong("this connection stops here");
			return;
		}
		__atomic_fetch_add(&counts->requests, 1, __ATOMIC_RELAXED);
		next += interval;
		if (next > now())
			usleep((unsigned int)((next - now()) * 1e6));
		else
			next = now(); /* the server is slower than that: no crowd afterwards */
	}
}

int main(int argc, char **argv)
{
	bool http = argc > 1 && strcmp(argv[1], "http") == 0;
	int connections;

	if (argc != 6 || (!http && strcmp(argv[1], "redis") != 0)) {
		fprintf(stderr, "usage: soak-client redis|http PORT SECONDS CONNECTIONS RATE\n");
		return 2;
	}
	port = atoi(argv[2]);
	connections = atoi(argv[4]);
	if (http)
		read_files();
	counts = mmap(NULL, sizeof(*counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (number = 0; number < connections; number++)
		if (fork() == 0) {
			client(http ? http_request : redis_request, atof(argv[3]), connections / atof(argv[5]));
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	printf("%lu requests on %lu connections, %lu sent again, %lu wrong\n", counts->requests, counts->connections, counts->again, counts->wrong);
	return counts->wrong || !counts->requests;
}
