/*
 * Loads the image that QEMU took for an initrd as Firecracker loads a kernel, and prepares what it prepares for
 * the 64-bit boot protocol: zero page, command line, page tables, GDT. By the rules of the crate
 * linux-loader: an ELF header's magic and byte order, PT_LOADs at p_paddr, the last PT_NOTE says whether there is a PVH
 * entry, and what is entered without one is e_entry, above 1 MiB.
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>

enum { EBDA = 0x9fc00, MEGABYTE = 0x100000, SERIAL = 0x3f8, ZERO_PAGE = 0x7000, COMMAND_LINE = 0x20000 };

struct start_info {
	uint32_t magic, version, flags, modules;
	uint64_t module_list, command_line, rsdp, memory_map;
	uint32_t memory_entries, reserved;
};

struct module {
	uint64_t address, size, command_line, reserved;
};

struct memory {
	uint64_t address, size;
	uint32_t type, reserved;
};

/* Of linker.ld: what this loader itself occupies. */
extern char loader_start[], loader_end[];

static void out(uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %0, %1" ::"a"(value), "Nd"(port));
}

static uint8_t in(uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

static void say(const char *text)
{
	for (; *text; text++) {
		while (!(in(SERIAL + 5) & 0x20))
			;
		out(SERIAL, (uint8_t)*text);
	}
}

static void say_number(const char *what, uint64_t number)
{
	char text[] = " 0x00000000\n";

	for (int i = 10; i > 2; i--, number >>= 4)
		text[i] = "0123456789abcdef"[number & 15];
	say("monitor: ");
	say(what);
	say(text);
}

static _Noreturn void refuse(const char *why)
{
	say("monitor: refused: ");
	say(why);
	say("\n");
	for (;;)
		out(0x64, 0xfe); /* the keyboard controller resets the machine */
}

void *memcpy(void *to, const void *from, size_t size)
{
	void *result = to;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size)::"memory");
	return result;
}

void *memset(void *to, int value, size_t size)
{
	void *result = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(value) : "memory");
	return result;
}

static uint64_t align(uint64_t value, uint64_t to)
{
	if (!to || to & (to - 1))
		refuse("alignment of a note segment");
	return (value + to - 1) & -to;
}

/* The PVH entry, or 0. */
static uint32_t pvh_entry(const char *file, const Elf64_Phdr *segment)
{
	for (uint64_t at = 0; at < segment->p_filesz;) {
		const Elf64_Nhdr *note = (const void *)(file + segment->p_offset + at);
		const char *name = (const char *)(note + 1);
		uint64_t name_size = align(note->n_namesz, segment->p_align);

		if (note->n_type == 18 && note->n_namesz == 4 && name[0] == 'X' && name[1] == 'e' && name[2] == 'n' && !name[3])
			return *(const uint32_t *)(name + name_size);
		at += sizeof(*note) + name_size + align(note->n_descsz, segment->p_align);
	}
	return 0;
}

static void load_segment(const char *file, const Elf64_Phdr *segment, uint64_t memory_end)
{
	uint64_t start = segment->p_paddr, end = start + segment->p_memsz;

	if (start < MEGABYTE || end > memory_end || end < start)
		refuse("a segment outside memory");
	if (end > (uintptr_t)loader_start && start < (uintptr_t)loader_end)
		refuse("a segment where this loader is");
	if (end > (uintptr_t)file)
		refuse("a segment where the file is");
	memcpy((void *)start, file + segment->p_offset, segment->p_filesz);
}

static uint64_t load_image(const char *file, uint64_t memory_end)
{
	const Elf64_Ehdr *header = (const void *)file;
	const Elf64_Phdr *segments = (const void *)(file + header->e_phoff);
	uint32_t pvh = 0, loaded = 0;

	if (header->e_ident[0] != 0x7f || header->e_ident[1] != 'E' || header->e_ident[2] != 'L' || header->e_ident[3] != 'F')
		refuse("no ELF file");
	if (header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff < sizeof(*header))
		refuse("another kind of ELF file");
	if (header->e_entry < MEGABYTE)
		refuse("an entry below 1 MiB");
	for (int i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *segment = &segments[i];

		if (segment->p_type == PT_NOTE)
			pvh = pvh_entry(file, segment);
		if (segment->p_type != PT_LOAD || !segment->p_filesz)
			continue;
		load_segment(file, segment, memory_end);
		loaded++;
	}
	say_number("segments", loaded);
	say_number("PVH entry", pvh);
	say_number("64-bit entry", header->e_entry);
	return header->e_entry;
}

#define PUT(type, offset, value) (*(type *)(zero_page + (offset)) = (type)(value))

static void add_memory(char *zero_page, uint64_t start, uint64_t end, uint32_t type)
{
	uint8_t *count = (uint8_t *)zero_page + 0x1e8;
	uint32_t at = 0x2d0 + 20u * (*count)++;

	PUT(uint64_t, at, start);
	PUT(uint64_t, at + 8, end - start);
	PUT(uint32_t, at + 16, type);
}

/* (Documentation/arch/x86/zero-page.rst and boot.rst) */
static void write_zero_page(uint32_t command_line_size, uint64_t memory_end)
{
	char *zero_page = (char *)ZERO_PAGE;

	memset(zero_page, 0, 4096);
	PUT(uint16_t, 0x1fe, 0xaa55);
	PUT(uint32_t, 0x202, 0x53726448); /* "HdrS" */
	PUT(uint8_t, 0x210, 0xff);	  /* a loader without a number */
	PUT(uint32_t, 0x228, COMMAND_LINE);
	PUT(uint32_t, 0x230, 0x1000000);
	PUT(uint32_t, 0x238, command_line_size);
	add_memory(zero_page, 0, EBDA, 1);
	add_memory(zero_page, EBDA, MEGABYTE, 2);
	add_memory(zero_page, MEGABYTE, memory_end, 1);
}

static void write_tables(void)
{
	static const uint64_t gdt[] = { 0, 0x00af9b000000ffff, 0x00cf93000000ffff, 0x008f89000000ffff };
	uint64_t *top = (uint64_t *)0x9000, *middle = (uint64_t *)0xa000, *low = (uint64_t *)0xb000;

	memset(top, 0, 0x3000);
	*top = 0xa003;
	*middle = 0xb003;
	for (uint64_t i = 0; i < 512; i++)
		low[i] = (i << 21) + 0x83;
	memcpy((void *)0x500, gdt, sizeof(gdt));
	*(uint64_t *)0x520 = 0;
}

/* Returns the address to go on at. */
uint64_t load(const struct start_info *info)
{
	static char command_line[2048];
	const struct module *module = (const void *)info->module_list;
	const struct memory *map = (const void *)info->memory_map;
	const char *file = (const char *)module->address, *words = (const char *)info->command_line;
	uint64_t memory_end = 0, entry;
	uint32_t size = 0;

	if (info->magic != 0x336ec578 || info->version < 1 || info->modules != 1)
		refuse("no image was given as initrd");
	for (uint32_t i = 0; i < info->memory_entries; i++)
		if (map[i].type == 1 && map[i].address <= MEGABYTE)
			memory_end = map[i].address + map[i].size;
	/* What QEMU's firmware has left in low memory is overwritten below. */
	while (size < sizeof(command_line) - 1 && words[size]) {
		command_line[size] = words[size];
		size++;
	}
	entry = load_image(file, memory_end);
	memcpy((void *)COMMAND_LINE, command_line, size + 1);
	write_zero_page(size + 1, memory_end);
	write_tables();
	return entry;
}
