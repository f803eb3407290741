#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <stdio.h>
/* SHA-256 of "abc": FIPS 180-2, appendix B.1 */
int main(void)
{
	unsigned char hash[EVP_MAX_MD_SIZE], random[16];
	unsigned int size = 0;

	EVP_Digest("abc", 3, hash, &size, EVP_sha256(), NULL);
	for (unsigned int i = 0; i < size; i++)
		printf("%02x", hash[i]);
	printf(" random: %d legacy: %d tls: %d\n", RAND_bytes(random, sizeof(random)), OSSL_PROVIDER_load(NULL, "legacy") != NULL,
	       SSL_CTX_new(TLS_method()) != NULL);
	return 0;
}
