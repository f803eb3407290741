/* Has QEMU's fw_cfg device write "QEMU" over four bytes of this program, with IN and OUT alone: it takes physical
 * addresses, so it could be any memory. Prints what it did. */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* QEMU: docs/specs/fw_cfg.txt */
#define FW_CFG_DMA	0x514
#define FW_CFG_READ	2
#define FW_CFG_SELECT	8

struct fw_cfg_dma {
	uint32_t control, length;
	uint64_t address;
};

static void out(uint16_t port, uint32_t value)
{
	__asm__ volatile("outl %0, %1" : : "a"(value), "d"(port) : "memory");
}

static uint64_t physical(const void *address)
{
	uint64_t entry = 0;
	int map = open("/proc/self/pagemap", O_RDONLY);

	if (map < 0 || pread(map, &entry, 8, (uintptr_t)address / 4096 * 8) != 8)
		perror("pagemap");
	close(map);
	return (entry & ((1ul << 55) - 1)) * 4096 + (uintptr_t)address % 4096;
}

int main(void)
{
	static struct fw_cfg_dma request __attribute__((aligned(16))) = { 1, 0, 0 };
	static char victim[8] __attribute__((aligned(8))) = "as it w";

	if (physical(victim) < 4096)
		return 2;
	/* Item 0 is the signature; all is big-endian. */
	request.control = __builtin_bswap32(FW_CFG_SELECT | FW_CFG_READ);
	request.length = __builtin_bswap32(4);
	request.address = __builtin_bswap64(physical(victim));
	out(FW_CFG_DMA, __builtin_bswap32(physical(&request) >> 32));
	out(FW_CFG_DMA + 4, __builtin_bswap32((uint32_t)physical(&request)));
	printf("%.4s\n", victim);
	return 0;
}
