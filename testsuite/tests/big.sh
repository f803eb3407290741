#!/usr/bin/env bash
# Programs larger than the kernel: text beyond a call's reach of it, data and bss.
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

cat >text.s <<'EOF'
.text
.globl first, last
first:	mov $1, %eax
	ret
.skip 100 << 20, 0x90
last:	mov $2, %eax
	ret
EOF
cat >main.c <<'EOF'
#include <stdio.h>
#include <unistd.h>
int first(void), last(void);
static char zeros[200 << 20], data[30 << 20] = { 1 };
int main(void)
{
	zeros[sizeof(zeros) - 1] = 3;
	data[sizeof(data) - 1] = 4;
	printf("%d %d %d %d %d\n", first(), last(), zeros[sizeof(zeros) - 1], data[sizeof(data) - 1] + data[0], getpid() > 1);
	return 0;
}
EOF
big() {
	"$cc" -O2 main.c text.s -o big && same "1 2 3 5 1" "$("$run" --mem 1G --timeout 120 ./big)"
}
holds "100 MiB of text, 30 MiB of data, 200 MiB of bss" big
before() {
	"$cc" -O2 -c main.c && "$cc" -c text.s && "$cc" text.o main.o -o before &&
		same "1 2 3 5 1" "$("$run" --mem 1G --timeout 120 ./before)"
}
holds "the same with the text before the program" before
too_small() {
	[[ $(status_of "$run" --mem 64M --timeout 60 ./big) == 12[56] ]] && [[ -s stderr.txt ]]
}
holds "a machine too small for its image is an error" too_small

summary
