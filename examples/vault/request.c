#include "request.h"

#include <string.h>
#include "vault.h"

/* The planted error: the length that the peer claims is not compared with what came. */
static size_t answer_heartbeat(const unsigned char *request, unsigned char *reply)
{
	size_t claimed = (size_t)request[1] << 8 | request[2];

	memcpy(reply, request + 3, claimed);
	return claimed;
}

size_t request_answer(const unsigned char *request, size_t size, unsigned char reply[REPLY_SIZE])
{
	size_t signature_size;

	if (size >= 3 && request[0] == 'H')
		return answer_heartbeat(request, reply);
	if (size >= 2 && request[0] == 'S' && vault_sign(request + 1, size - 1, reply, &signature_size) == 0)
		return signature_size;
	return 0;
}
