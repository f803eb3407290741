#!/usr/bin/env bash
# An image with files of its own and with several programs.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

make_object=$tool-rootfs
boot() { "$run" --timeout 60 "$@"; }

mkdir -p folder/etc folder/data/deep
echo mine >folder/etc/hostname
echo hello >"folder/data/a file"
ln -s "a file" folder/data/link
head -c 3000000 /dev/urandom >folder/data/deep/big
cat >folder/data/script <<'END'
#!/bin/sh
echo "script $1"
END
chmod 750 folder/data/script

cat >first.c <<'END'
#include <stdlib.h>
int main(int argc, char **argv) { return argc < 2 ? 9 : system(argv[1]) >> 8; }
END
cat >second.c <<'END'
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
/*
 * Indirect functions make tables that first.c has not; a fork returns through the landing pad,
 * whose address must not depend on that.
 */
static int one(void) { return 1; }
static int (*choose(void))(void) { return one; }
#define F(n) int f##n(void) __attribute__((ifunc("choose")));
#define ALL F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7) F(8) F(9)
ALL
#undef F
#define F(n) + f##n()
static void fork_and_wait(void)
{
	int status = 0;
	if (!fork())
		_exit(ALL);
	if (wait(&status) < 0 || WEXITSTATUS(status) != 10)
		puts("wrong");
}
int main(int argc, char **argv)
{
	fork_and_wait();
	const char *slash = strrchr(argv[0], '/');
	unsigned short cs;
	__asm__("mov %%cs, %0" : "=r"(cs));
	printf("%s in ring %d with %d arguments\n", slash ? slash + 1 : argv[0], cs & 3, argc - 1);
	return 3;
}
END
"$cc" -O2 second.c -o second
"$cc" -O2 -mno-image second.c -o folder/plain

made() { "$make_object" -o files.o --program /bin/second=second folder && "$cc" -O2 first.c files.o -o image; }
holds "files and a program become an object that an image is linked with" made
read_back() {
	same "mine hello $(sha256sum <folder/data/deep/big) script x" \
		"$(boot ./image 'cat /etc/hostname /data/link; sha256sum </data/deep/big; /data/script x' | tr '\n' ' ' | sed 's/ $//')"
}
holds "the files are there, in place of the image's own too" read_back
holds "the file system is writable" same "x -rwxr-x---" "$(boot ./image 'echo x >/data/new && cat /data/new; ls -l /data/script' | cut -c 1-10 | tr '\n' ' ' | sed 's/ $//')"
holds "the program starts the other one" same "second in ring 0 with 1 arguments" "$(boot ./image 'second a')"
holds "and a plain ELF program, in ring 3" same "plain in ring 3 with 0 arguments" "$(boot ./image /plain)"
named() { same 3 "$(status_of boot --exec second ./image a b)" && same "second in ring 0 with 2 arguments" "$(cat stdout.txt)"; }
holds "--exec NAME starts a program by its name" named
unknown() { same 126 "$(status_of boot --exec third ./image)" && grep -q 'cannot execute /bin/third' stderr.txt; }
holds "a name that is not there is an error" unknown
again() { "$make_object" -o again.o --program /bin/second=second folder && cmp files.o again.o; }
holds "the same files give the same bytes" again
stripped() { cp second small && "$tool-strip" small && "$make_object" -o small.o --program /bin/second=small folder && cmp files.o small.o; }
holds "a stripped image gives the same program" stripped

### The linker's own option

embedded() {
	mkdir -p more/data && echo later >"more/data/a file" && "$cc" -O2 first.c -o direct -Wl,--rootfs=folder -Wl,--rootfs=more &&
		same "mine later later script x -rwxr-x--- 0 0" "$(boot ./direct 'cat /etc/hostname "/data/a file" /data/link; /data/script x
			ls -ln /data/script' | awk '/^-/ { $0 = $1 " " $3 " " $4 } { printf "%s%s", sep, $0; sep = " " }')"
}
holds "-Wl,--rootfs=FOLDER embeds a folder; of several the later wins" embedded
anywhere() {
	cp -R folder copy && find copy -exec touch -h {} + && "$cc" -O2 first.c -o direct2 -Wl,--rootfs=copy -Wl,--rootfs=more && cmp direct direct2
}
holds "the same files give the same image, whatever their dates and owners" anywhere
ignored() { "$cc" -mno-image -O2 second.c -o plain2 -Wl,--rootfs=folder && cmp plain2 folder/plain; }
holds "a plain ELF program has no root file system" ignored

# not_linked PATTERN FOLDER...: one line like this, and an earlier image stays as it was.
not_linked() {
	local pattern=$1 folder
	local -a options=()
	shift
	for folder; do options+=("-Wl,--rootfs=$folder"); done
	cp direct kept && cp direct before && [[ $(status_of "${humble[@]}" "$cc" -O2 first.c -o kept "${options[@]}") == 1 ]] &&
		grep -v '^collect2: ' stderr.txt >lines && one_line lines "$pattern" && cmp kept before
}
# Root reads everything unless it gives that up.
humble=()
[[ $(id -u) != 0 ]] || humble=(setpriv "--bounding-set=-dac_override,-dac_read_search")
mkdir -p devices other/data
mkfifo devices/pipe
mkdir "other/data/a file"
holds "a folder that is not there" not_linked '--rootfs: nowhere: No such file' nowhere
holds "a file in place of a folder" not_linked '--rootfs: first.c: not a folder' first.c
holds "a device" not_linked '--rootfs: devices/pipe: neither file, folder nor symbolic link' devices
holds "a folder in place of a file" not_linked 'of folder/data/a file and other/data/a file one is a folder' folder other
unreadable() {
	mkdir -p secret && echo x >secret/file && chmod 0 secret/file && not_linked '--rootfs: secret/file: Permission denied' secret
}
holds "a file that cannot be read" unreadable

### Refused

other_kernel() {
	sed 's/\(ukl_k_embedded_program_of_kernel_\)[0-9a-f]\{14\}/\100000000000000/' files.o >other.o &&
		fails "$cc" -O2 first.c other.o -o mixed 2>messages && [[ ! -e mixed ]] &&
		grep -q 'undefined reference to .ukl_k_embedded_program_of_kernel_00000000000000' messages
}
holds "a program of another kernel does not link" other_kernel

# refused PATTERN ARGUMENT...: one line like this, and nothing left behind.
refused() {
	local pattern=$1
	shift
	[[ $(status_of "$make_object" -o none.o "$@") != 0 ]] && one_line stderr.txt "$pattern" && [[ -z $(find . -name 'none.o*') ]]
}
holds "a folder that is not there" refused 'nowhere: no such folder' nowhere
holds "a program that is no image" refused 'plain: not an image.*FOLDER' --program /bin/x=folder/plain
holds "a program without a path" refused 'PATH=IMAGE' --program second
holds "nothing to put in" refused 'give a folder'

summary
