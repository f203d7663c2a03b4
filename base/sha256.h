/* SHA-256 (FIPS 180-4) by OpenSSL's libcrypto, over several parts in turn. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SHA256_BYTES 32

struct sha256; /* belongs to one thread; reusable */

struct sha256 *sha256_create(void);
void sha256_destroy(struct sha256 *sha);

void sha256_begin(struct sha256 *sha);
void sha256_add(struct sha256 *sha, const void *bytes, size_t length);
void sha256_add_u64(struct sha256 *sha, uint64_t number); /* eight bytes, big-endian */
void sha256_end(struct sha256 *sha, unsigned char out[SHA256_BYTES]);

/* "OpenSSL 3.0.11 19 Sep 2023" */
const char *sha256_library_version(void);
