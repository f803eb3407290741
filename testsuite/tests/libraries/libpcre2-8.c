#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <stdio.h>
int main(void)
{
	int error;
	PCRE2_SIZE offset, *found;
	pcre2_code *code = pcre2_compile((PCRE2_SPTR)"(\\w+)@(\\w+)", PCRE2_ZERO_TERMINATED, 0, &error, &offset, NULL);
	pcre2_match_data *data = pcre2_match_data_create_from_pattern(code, NULL);
	int jit = pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	int count = pcre2_match(code, (PCRE2_SPTR)"mail me@home now", PCRE2_ZERO_TERMINATED, 0, 0, data, NULL);

	found = pcre2_get_ovector_pointer(data);
	printf("jit %d, %d groups, from %zu to %zu\n", jit, count, found[0], found[1]);
	return 0;
}
