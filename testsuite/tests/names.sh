#!/usr/bin/env bash
# A program may define any name that the kernel also has. Each gets a value of its own,
# in one program, and keeps it.
# default kernel only: about files
# shellcheck source=SCRIPTDIR/../lib/sh
. "$(dirname "$0")/../lib/sh"

# Functions and variables of the kernel that programs are likely to define.
kernel_names='printk panic jiffies jiffies_64 current init_task loops_per_jiffy system_wq schedule kmalloc kfree
vmalloc vfree do_exit start_kernel swapper_pg_dir boot_params pcpu_hot gdt_page fixed_percpu_data
irq_stack_backing_store startup_64 secondary_startup_64 init_uts_ns nr_cpu_ids cpu_info copy_from_user copy_to_user
list_add simple_strtoul kstrtoint sort crc32_le sha256_update inflate hex_dump_to_buffer root_mountflags
x86_64_start_kernel entry_SYSCALL_64 asm_exc_page_fault runqueues console_printk linux_banner sys_call_table
do_syscall_64 memparse get_option kallsyms_lookup_name per_cpu_ptr_to_phys timer_interrupt wake_up_process
mutex_lock mutex_unlock down up complete kthread_create tick_stop nmi idt_table tss init_stack'

# Names that the kernel's linker script assigns; ours calls them ukl_k_NAME.
script_names() {
	grep -hoE '\bukl_k_[A-Za-z_][A-Za-z0-9_]*' "$sysroot/usr/lib/ukl.lds" | sed 's/^ukl_k_//' | sort -u
}

# Names that a stock static link or the compiler claims for itself stay theirs.
stock=' _start main _init _fini __bss_start _edata edata _end end _etext etext __etext __dso_handle __TMC_END__ __executable_start __ehdr_start _GLOBAL_OFFSET_TABLE_ '
for name in $(script_names) $kernel_names; do
	case $name in
	__init_array_* | __fini_array_* | __preinit_array_* | __rela_iplt_*) continue ;;
	esac
	[[ $stock == *" $name "* ]] || printf '%s\n' "$name"
done | sort -u >names
printf '# %d names\n' "$(wc -l <names)"
holds "the linker script's names are known" test "$(script_names | wc -l)" -ge 60

{
	printf '#include <stdio.h>\n'
	awk '{ printf "int %s = %d;\n", $1, NR + 1000 }' names
	printf 'int main(void)\n{\n'
	awk '{ printf "\tprintf(\"%%s %%d\\n\", \"%s\", %s);\n", $1, $1 }' names
	printf '\treturn 0;\n}\n'
} >variables.c
variables() {
	"$hostcc" -w -fno-builtin variables.c -o variables-host && ./variables-host >wanted &&
		"$cc" -w -fno-builtin variables.c -o variables && "$run" --timeout 60 ./variables >got && diff wanted got
}
holds "variables with the kernel's names keep their values" variables

{
	printf '#include <stdio.h>\n'
	awk '{ printf "int %s(void) { return %d; }\n", $1, NR + 1000 }' names
	printf 'int main(void)\n{\n'
	awk '{ printf "\tprintf(\"%%s %%d\\n\", \"%s\", %s());\n", $1, $1 }' names
	printf '\treturn 0;\n}\n'
} >functions.c
functions() {
	"$hostcc" -w -fno-builtin functions.c -o functions-host && ./functions-host >wanted &&
		"$cc" -w -fno-builtin functions.c -o functions && "$run" --timeout 60 ./functions >got && diff wanted got
}
holds "functions with the kernel's names are the program's" functions

# What C programs define although libc has it, and symbols that the stock script provides.
cat >libc.c <<'EOF'
#include <stdio.h>
#include <stddef.h>
int copied, counted;
void *memcpy(void *to, const void *from, size_t size)
{
	char *t = to; const char *f = from;
	copied++;
	while (size--) { *t++ = *f++; __asm__ volatile("" : : : "memory"); }
	return to;
}
size_t strnlen(const char *s, size_t limit)
{
	size_t n = 0;
	counted++;
	while (n < limit && s[n]) n++;
	return n;
}
int end = 11, edata = 12, etext = 13;
int main(void)
{
	char to[100], from[100] = "own memcpy";
	void *(*volatile copy)(void *, const void *, size_t) = memcpy;
	copy(to, from, 100);
	printf("%s %d %d %d %d\n", to, copied > 0, end, edata, etext);
	return 0;
}
EOF
own_memcpy() {
	"$hostcc" -w -fno-builtin libc.c -o libc-host && "$cc" -w -fno-builtin libc.c -o libc &&
		same "$(./libc-host)" "$("$run" --timeout 60 ./libc)"
}
holds "a program with its own memcpy, end, edata and etext" own_memcpy

cat >stock.c <<'EOF'
extern char _end[], end[], _edata[], edata[], _etext[], etext[], __executable_start[], __bss_start[], __ehdr_start[];
static int data = 1, bss;
int main(void)
{
	return !(__executable_start == __ehdr_start && (char *)main > __executable_start && (char *)main < etext &&
		 etext == _etext && (char *)&data < edata && edata == _edata && __bss_start >= edata &&
		 (char *)&bss < end && end == _end && data != bss && _end < (char *)0x7f0000000000);
}
EOF
stock_symbols() {
	"$cc" -w -O0 stock.c -o stock && same 0 "$(status_of "$run" --timeout 60 ./stock)"
}
holds "_end, _edata, _etext and their kin are the program's" stock_symbols

# The stock script takes these two from the program; it need not.
own_end() {
	printf 'int _end = 5, _edata = 6, printf(const char *, ...); int main(void) { printf("%%d %%d\\n", _end, _edata); return 0; }\n' >own-end.c
	"$cc" -w own-end.c -o own-end && same "5 6" "$("$run" --timeout 60 ./own-end)"
}
holds "a program that defines _end and _edata keeps them" own_end

summary
