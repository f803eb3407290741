/*
 * cut IMAGE FILE: takes the program out of an image. It is one range of the image's bytes (linker-scripts/program.lds):
 * from the first to the last of the four segments with low addresses. A file that is no image is copied.
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail(const char *name, const char *what)
{
	fprintf(stderr, "cut: %s: %s\n", name, what);
	return 1;
}

int main(int argc, char **argv)
{
	const char *map;
	const Elf64_Ehdr *head;
	const Elf64_Phdr *segment;
	size_t first = 0, end = 0;
	unsigned int found = 0;
	struct stat st;
	int in, out;

	if (argc != 3)
		return fail("usage", "cut IMAGE FILE");
	in = open(argv[1], O_RDONLY);
	if (in < 0 || fstat(in, &st) || (size_t)st.st_size < sizeof(*head))
		return fail(argv[1], "cannot be read");
	map = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, in, 0);
	head = (const Elf64_Ehdr *)map;
	if (map == MAP_FAILED || memcmp(head->e_ident, ELFMAG, SELFMAG) ||
	    head->e_phoff + head->e_phnum * sizeof(*segment) > (size_t)st.st_size)
		return fail(argv[1], "no ELF file");
	segment = (const Elf64_Phdr *)(map + head->e_phoff);
	for (int i = 0; i < head->e_phnum; i++)
		if (segment[i].p_type == PT_LOAD && segment[i].p_vaddr < 0x80000000 && segment[i].p_vaddr &&
		    segment[i].p_paddr != segment[i].p_vaddr) {
			if (!found++)
				first = segment[i].p_offset;
			end = segment[i].p_offset + segment[i].p_filesz;
		}
	if (!found) {
		end = st.st_size;
	} else if (found != 4 || end > (size_t)st.st_size) {
		return fail(argv[1], "neither an image nor a program");
	}
	out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0755);
	if (out < 0)
		return fail(argv[2], "cannot be written");
	while (first < end) {
		ssize_t n = write(out, map + first, end - first);

		if (n <= 0)
			return fail(argv[2], "cannot be written");
		first += n;
	}
	return close(out) ? fail(argv[2], "cannot be written") : 0;
}
