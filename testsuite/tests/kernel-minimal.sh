#!/usr/bin/env bash
# The minimal kernel: small, quick to start, and still Linux.
# default kernel only: compares kernels
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

[[ -f $sysroot/usr/lib/ukl/minimal/ukl-kernel.o ]] ||
	skip_all "the kernel minimal is not installed: ./toolchain-build.sh kernel minimal"

minimal=-Wl,--kernel=minimal
"$cc" -O2 "$testsuite/programs/hello.c" -I"$testsuite/lib" -o hello "$minimal"
small() { size=$(stat -c %s hello) && echo "# $size bytes" && [[ $size -le $((4 << 20)) ]]; }
holds "the image of hello has at most 4 MiB" small

UKL_PREFIX=$prefix "$testsuite/benchmarks/boot" --no-memory cloud minimal | tee table
half() { awk '$1 == "cloud" { cloud = $4 } $1 == "minimal" { exit !($4 > 0 && 2 * $4 <= cloud) }' table; }
holds "it is in main() after half of cloud's instructions" half

# Programs of programs/, in little memory, with the host's output.
for name in hello fork threads signals mmap stack faults-access context; do
	source=$testsuite/programs/$name.c
	# shellcheck disable=SC2034 # some tests set them all
	libs='' cflags='' args='' stdin='' smp=1 mem='' timeout='' options='' status=0 helpers=''
	eval "$(sed -n 's|^// test: ||p' "$source")"
	runs() {
		# shellcheck disable=SC2086 # lists of words
		"$hostcc" -O2 -I"$testsuite/lib" $cflags "$source" -o "host-$name" $libs &&
			"$cc" -O2 -I"$testsuite/lib" $cflags "$source" -o "$name" $libs "$minimal" || return
		# shellcheck disable=SC2086
		printf '%s' "$stdin" | "./host-$name" $args >wanted || [[ $? == "$status" ]] || return
		# shellcheck disable=SC2086
		printf '%s' "$stdin" | "$run" --timeout 120 --smp "$smp" --mem "${mem:-24M}" $options "./$name" $args >got ||
			[[ $? == "$status" ]] || return
		diff <(grep -v '^#' wanted) <(grep -v '^#' got)
	}
	holds "$name" runs
done

cat >memory.c <<'END'
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
	char name[] = "/tmp/files-XXXXXX", text[100] = "";
	int ends[2], status, fd;
	struct stat st;

	if (!mkdtemp(name) || chdir(name) || pipe(ends))
		return 1;
	if (!fork()) {
		dup2(ends[1], 1);
		puts("through a pipe");
		return fflush(stdout);
	}
	close(ends[1]);
	FILE *file = fopen("file", "w+");
	while ((status = read(ends[0], text, sizeof text)) > 0)
		fwrite(text, 1, status, file);
	wait(&status);
	fflush(file);
	fd = fileno(file);
	char *mapped = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memcpy(mapped, "T", 1);
	if (rename("file", "other") || symlink("other", "link") || stat("link", &st))
		return 2;
	rewind(file);
	printf("%d %ld %s", status, (long)st.st_size, fgets(text, sizeof text, file));
	printf("%d %d %d\n", unlink("link"), unlink("other"), rmdir(name));
	return 0;
}
END
files() {
	"$hostcc" -O2 memory.c -o host-memory && "$cc" -O2 memory.c -o memory "$minimal" &&
		same "$(./host-memory)" "$("$run" --timeout 60 --mem 24M ./memory)"
}
holds "files in memory, pipes" files

cat >limits.c <<'END'
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
int main(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), error = errno;
	printf("%d %s %d\n", fd, strerrorname_np(error), system("true") >> 8);
	return 0;
}
END
limits() { "$cc" -D_GNU_SOURCE limits.c -o limits "$minimal" && same "-1 ENOSYS 127" "$("$run" --timeout 60 --mem 24M ./limits)"; }
holds "what it has not is an error: sockets, a shell" limits

summary
