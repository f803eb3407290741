#include "symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *file, *names;
static size_t file_size, names_size, count;
static const Elf64_Sym *symbols;

/* The part of the file that SECTION describes, or NULL if the file does not have it. */
static const void *contents(const Elf64_Shdr *section)
{
	if (section->sh_offset > file_size || section->sh_size > file_size - section->sh_offset ||
	    section->sh_offset % _Alignof(Elf64_Sym))
		return NULL;
	return file + section->sh_offset;
}

static void find_table(void)
{
	const Elf64_Ehdr *header = (const void *)file;
	const Elf64_Shdr *sections;

	if (header->e_shentsize != sizeof *sections || header->e_shoff % _Alignof(Elf64_Shdr) ||
	    header->e_shoff > file_size || header->e_shnum > (file_size - header->e_shoff) / sizeof *sections)
		return;
	sections = (const void *)(file + header->e_shoff);
	for (int i = 0; i < header->e_shnum; i++) {
		const Elf64_Shdr *table = &sections[i], *strings;

		if (table->sh_type != SHT_SYMTAB || table->sh_link >= header->e_shnum)
			continue;
		strings = &sections[table->sh_link];
		if (strings->sh_offset > file_size || strings->sh_size > file_size - strings->sh_offset)
			return;
		symbols = contents(table);
		count = symbols ? table->sh_size / sizeof *symbols : 0;
		names = file + strings->sh_offset;
		names_size = strings->sh_size;
	}
}

void symbols_read(const char *image)
{
	int fd = open(image, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && !fstat(fd, &st) && st.st_size > (off_t)sizeof(Elf64_Ehdr)) {
		file_size = st.st_size;
		file = mmap(NULL, file_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (file != MAP_FAILED)
			find_table();
	}
	if (fd >= 0)
		close(fd);
}

/* The function that ADDRESS is in, or NULL. */
static const Elf64_Sym *find(Elf64_Addr address)
{
	for (size_t i = 0; i < count; i++) {
		const Elf64_Sym *s = &symbols[i];
		int type = ELF64_ST_TYPE(s->st_info);

		if ((type == STT_FUNC || type == STT_NOTYPE) && address >= s->st_value && address - s->st_value < s->st_size &&
		    s->st_name < names_size && memchr(names + s->st_name, 0, names_size - s->st_name))
			return s;
	}
	return NULL;
}

void symbols_print(FILE *out, const char *line)
{
	while (*line) {
		char *end = (char *)line + 1;
		unsigned long address = !strncmp(line, "0x", 2) ? strtoul(line, &end, 16) : 0;
		const Elf64_Sym *s = address ? find(address) : NULL;

		fwrite(line, 1, end - line, out);
		if (s)
			fprintf(out, " %s+0x%lx", names + s->st_name, address - s->st_value);
		line = end;
	}
	putc('\n', out);
}
