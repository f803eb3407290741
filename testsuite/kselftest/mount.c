/* mount TYPE FOLDER: for the setup of selftests; busybox in the images has no mount. */
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: mount TYPE FOLDER\n", stderr);
		return 2;
	}
	mkdir(argv[2], 0755);
	if (mount(argv[1], argv[2], argv[1], 0, NULL)) {
		perror(argv[2]);
		return 1;
	}
	return 0;
}
