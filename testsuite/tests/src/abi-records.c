/*
 * Prints the records of calling sequences (.ukl.abi) of a relocatable object, a line each:
 *
 *   NAME STACK-BYTES SRET-BYTES FLAGS VERSION GROUP SYMBOL-TYPE
 *
 * GROUP is the signature of the section group that the record is in, or "-"; SYMBOL-TYPE says how
 * the record names the function: "name" (a global symbol) or "place" (section and offset).
 * Anything that is not as it should be: one line on stderr, status 1.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *file;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", file, what);
	exit(1);
}

static char *image;
static Elf64_Shdr *sections;
static size_t count;

static Elf64_Shdr *section(size_t i)
{
	if (i >= count)
		die("bad section index");
	return &sections[i];
}

static const char *section_name(const Elf64_Shdr *s)
{
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;

	return image + section(header->e_shstrndx)->sh_offset + s->sh_name;
}

/* The function that begins at an offset of a section: a local one before a global one. */
static const char *function_at(size_t index, Elf64_Addr offset)
{
	for (size_t i = 0; i < count; i++) {
		const Elf64_Shdr *table = section(i);
		const Elf64_Sym *symbol = (const Elf64_Sym *)(image + table->sh_offset);

		if (table->sh_type != SHT_SYMTAB)
			continue;
		for (size_t j = 0; j < table->sh_size / sizeof(*symbol); j++)
			if (symbol[j].st_shndx == index && symbol[j].st_value == offset &&
			    ELF64_ST_TYPE(symbol[j].st_info) == STT_FUNC)
				return image + section(table->sh_link)->sh_offset + symbol[j].st_name;
	}
	die("a record of no function");
	return NULL;
}

/* The signature of the group that section `index` is a member of. */
static const char *group_of(size_t index)
{
	for (size_t i = 0; i < count; i++) {
		const Elf64_Shdr *group = section(i), *table;
		const Elf64_Word *member = (const Elf64_Word *)(image + group->sh_offset);
		const Elf64_Sym *symbol;

		if (group->sh_type != SHT_GROUP)
			continue;
		for (size_t j = 1; j < group->sh_size / sizeof(*member); j++) {
			if (member[j] != index)
				continue;
			table = section(group->sh_link);
			symbol = (const Elf64_Sym *)(image + table->sh_offset) + group->sh_info;
			if (ELF64_ST_TYPE(symbol->st_info) == STT_SECTION)
				return section_name(section(symbol->st_shndx));
			return image + section(table->sh_link)->sh_offset + symbol->st_name;
		}
	}
	return "-";
}

static void print_records(const Elf64_Shdr *relocations)
{
	const Elf64_Shdr *records = section(relocations->sh_info);
	const Elf64_Shdr *table = section(relocations->sh_link);
	const Elf64_Rela *r = (const Elf64_Rela *)(image + relocations->sh_offset);
	size_t n = relocations->sh_size / sizeof(*r);

	if (records->sh_flags & SHF_ALLOC || !(records->sh_flags & SHF_EXCLUDE) || records->sh_addralign != 8)
		die(".ukl.abi is not an excluded section aligned to 8");
	if (records->sh_size != 24 * n)
		die("not one relocation for each 24 bytes of .ukl.abi");
	for (size_t i = 0; i < n; i++) {
		const Elf64_Sym *symbol = (const Elf64_Sym *)(image + table->sh_offset) + ELF64_R_SYM(r[i].r_info);
		const unsigned int *word = (const unsigned int *)(image + records->sh_offset + r[i].r_offset + 8);
		int place = ELF64_ST_TYPE(symbol->st_info) == STT_SECTION;

		if (ELF64_R_TYPE(r[i].r_info) != R_X86_64_64 || r[i].r_offset % 24)
			die("a record without an R_X86_64_64 at its beginning");
		printf("%s %u %u 0x%x %u %s %s\n",
		       place ? function_at(symbol->st_shndx, (Elf64_Addr)r[i].r_addend) :
			       image + section(table->sh_link)->sh_offset + symbol->st_name,
		       word[0], word[1], word[2], word[3], group_of(relocations->sh_info), place ? "place" : "name");
	}
}

int main(int argc, char **argv)
{
	Elf64_Ehdr *header;
	FILE *f;
	long size;

	if (argc != 2)
		return 2;
	file = argv[1];
	f = fopen(file, "rb");
	if (!f || fseek(f, 0, SEEK_END) || (size = ftell(f)) < (long)sizeof(*header) || fseek(f, 0, SEEK_SET))
		die("cannot be read");
	image = malloc((size_t)size);
	if (!image || fread(image, 1, (size_t)size, f) != (size_t)size)
		die("cannot be read");
	header = (Elf64_Ehdr *)image;
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_type != ET_REL)
		die("not a relocatable object");
	sections = (Elf64_Shdr *)(image + header->e_shoff);
	count = header->e_shnum ? header->e_shnum : sections[0].sh_size;
	for (size_t i = 0; i < count; i++)
		if (section(i)->sh_type == SHT_RELA &&
		    !strcmp(section_name(section(section(i)->sh_info)), ".ukl.abi"))
			print_records(section(i));
	fclose(f);
	return 0;
}
