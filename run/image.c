#include "image.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define NOTE_PHYS32_ENTRY 18 /* XEN_ELFNOTE_PHYS32_ENTRY: the 32-bit PVH entry point */

/* The kernel's notes are some hundred bytes; a segment beyond this is not ours. */
#define NOTES_MAX 65536

static bool notes_have_pvh(const char *notes, size_t size)
{
	size_t at = 0;

	while (size - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		size_t name, desc;

		memcpy(&note, notes + at, sizeof note);
		name = at + sizeof note;
		if (note.n_namesz > size - name)
			return false;
		desc = name + ((note.n_namesz + 3ul) & ~3ul);
		if (desc > size || note.n_descsz > size - desc)
			return false;
		if (note.n_type == NOTE_PHYS32_ENTRY && note.n_namesz == 4 &&
		    !memcmp(notes + name, "Xen", 4))
			return true;
		at = desc + ((note.n_descsz + 3ul) & ~3ul);
		if (at > size)
			return false;
	}
	return false;
}

/* Look at all segments: returns whether there is a PVH note, and where in memory the last ends. */
static bool scan_segments(int fd, const Elf64_Ehdr *header, uint64_t *end)
{
	static char notes[NOTES_MAX];
	bool found = false;

	for (int i = 0; i < header->e_phnum; i++) {
		Elf64_Phdr segment;
		size_t size;

		if (pread(fd, &segment, sizeof segment, header->e_phoff + i * sizeof segment) !=
		    sizeof segment)
			return false;
		if (segment.p_type == PT_LOAD && segment.p_paddr + segment.p_memsz > *end)
			*end = segment.p_paddr + segment.p_memsz;
		if (segment.p_type != PT_NOTE)
			continue;
		size = segment.p_filesz < sizeof notes ? segment.p_filesz : sizeof notes;
		if (pread(fd, notes, size, segment.p_offset) == (ssize_t)size)
			found |= notes_have_pvh(notes, size);
	}
	return found;
}

uint64_t image_check(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	Elf64_Ehdr header;
	struct stat st;
	uint64_t end = 0;

	if (fd < 0 || fstat(fd, &st))
		die(EXIT_NOT_IMAGE, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		die(EXIT_NOT_IMAGE, "%s: not a bootable image, not even a file", path);
	if (pread(fd, &header, sizeof header, 0) != sizeof header ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG))
		die(EXIT_NOT_IMAGE, "%s: not an ELF file; link one with x86_64-ukl-linux-gnu-gcc",
		    path);
	if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64)
		die(EXIT_NOT_IMAGE, "%s: an ELF file, but not for x86-64", path);
	if (header.e_phentsize != sizeof(Elf64_Phdr) || !scan_segments(fd, &header, &end))
		die(EXIT_NOT_IMAGE,
		    "%s: not bootable, no kernel in it; link it without -mno-image, or run it directly",
		    path);
	close(fd);
	return end;
}
