/* Reads records from standard input and prints each with its seal. The parser sees untrusted
 * bytes, the vault holds the key: two libraries that need nothing of each other. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "parser.h"
#include "vault.h"

static void print_sealed(const struct record *record, void *argument)
{
	uint64_t seal = vault_seal(record, strlen(record->name)) ^ vault_seal(record->value, strlen(record->value));
	int *count = argument;

	printf("%s %016" PRIx64 "\n", record->name, seal);
	++*count;
}

int main(int argc, char **argv)
{
	static char input[1 << 20];
	size_t size = fread(input, 1, sizeof(input), stdin);
	int good = 0, bad;

	vault_unlock(argc > 1 ? argv[1] : "open sesame");
	bad = parser_run(input, size, print_sealed, &good);
	printf("%d sealed, %d refused\n", good, bad);
	return bad != 0;
}
