/* The only file that knows OpenSSL. The algorithm is fetched once: looking it up costs more than
 * hashing a small event. So does a call to OpenSSL for each small part: parts are gathered in a
 * buffer first. */
#include "base/sha256.h"

#include "base/error.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define GATHERED_BYTES 2048

struct sha256 {
    EVP_MD *algorithm;
    EVP_MD_CTX *context;
    size_t gathered;
    unsigned char buffer[GATHERED_BYTES];
};

struct sha256 *sha256_create(void)
{
    struct sha256 *sha = malloc(sizeof *sha);
    REQUIRE(sha);
    sha->algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
    sha->context = EVP_MD_CTX_new();
    REQUIRE(sha->algorithm && sha->context);
    return sha;
}

void sha256_destroy(struct sha256 *sha)
{
    if (!sha)
        return;
    EVP_MD_CTX_free(sha->context);
    EVP_MD_free(sha->algorithm);
    free(sha);
}

void sha256_begin(struct sha256 *sha)
{
    sha->gathered = 0;
    REQUIRE(EVP_DigestInit_ex2(sha->context, sha->algorithm, NULL));
}

static void hash_gathered(struct sha256 *sha)
{
    REQUIRE(EVP_DigestUpdate(sha->context, sha->buffer, sha->gathered));
    sha->gathered = 0;
}

void sha256_add(struct sha256 *sha, const void *bytes, size_t length)
{
    if (length > GATHERED_BYTES - sha->gathered)
        hash_gathered(sha);
    if (length > GATHERED_BYTES) {
        REQUIRE(EVP_DigestUpdate(sha->context, bytes, length));
        return;
    }
    memcpy(sha->buffer + sha->gathered, bytes, length);
    sha->gathered += length;
}

void sha256_add_u64(struct sha256 *sha, uint64_t number)
{
    unsigned char bytes[8];
    for (int i = 7; i >= 0; i--, number >>= 8)
        bytes[i] = (unsigned char)number;
    sha256_add(sha, bytes, sizeof bytes);
}

void sha256_end(struct sha256 *sha, unsigned char out[SHA256_BYTES])
{
    unsigned int length;
    hash_gathered(sha);
    REQUIRE(EVP_DigestFinal_ex(sha->context, out, &length) && length == SHA256_BYTES);
}

const char *sha256_library_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
