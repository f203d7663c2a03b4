/* A key in quotes is a structured-field string (RFC 8941 §3.3.3): \" and \\ are its only escapes.
 * The same key with and without quotes is the same. */
#include "http/idempotency_key.h"

#define KEY_MOST 255

static bool is_visible(char c)
{
    return c > ' ' && c < 0x7F;
}

/* Removes quotes and escapes. False if the quoted string is malformed. */
static bool unquote(struct slice quoted, struct text *out)
{
    if (quoted.length < 2 || quoted.at[quoted.length - 1] != '"')
        return false;
    for (size_t i = 1; i < quoted.length - 1; i++) {
        char c = quoted.at[i];
        if (c == '"')
            return false;
        if (c == '\\') {
            c = quoted.at[++i];
            if (i == quoted.length - 1 || (c != '"' && c != '\\'))
                return false;
        }
        text_add_char(out, c);
    }
    return true;
}

enum err idempotency_key_read(struct http_request *request, const char **ret_key,
                              struct error *error)
{
    const char *given = http_request_header(request, HTTP_IDEMPOTENCY_KEY);
    AUTO(text) struct text key = {0};
    *ret_key = "";
    if (!given)
        return OK;
    bool valid = true;
    if (given[0] == '"')
        valid = unquote(slice_of(given), &key);
    else
        text_add(&key, given);
    valid = valid && key.length >= 1 && key.length <= KEY_MOST;
    for (size_t i = 0; valid && i < key.length; i++)
        valid = is_visible(key.at[i]);
    if (!valid)
        return error_set(error, ERR_BAD_REQUEST,
                         "Idempotency-Key must be 1 to %d visible ASCII characters, with or "
                         "without quotes",
                         KEY_MOST);
    *ret_key = http_request_string(request, text_slice(&key));
    return OK;
}

static void add_part(struct sha256 *sha, struct slice part)
{
    sha256_add_u64(sha, part.length);
    sha256_add(sha, part.at, part.length);
}

void idempotency_key_fingerprint(const char *method, struct slice path, struct slice body,
                                 unsigned char out[SHA256_BYTES])
{
    struct sha256 *sha = sha256_create();
    sha256_begin(sha);
    add_part(sha, slice_of(method));
    add_part(sha, path);
    add_part(sha, body);
    sha256_end(sha, out);
    sha256_destroy(sha);
}
