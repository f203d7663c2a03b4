/* The caller's half of the control socket: one HTTP request over the Unix socket, by libcurl. */
#include "base/json.h"
#include "http/control.h"
#include "http/control_path.h"

#include <curl/curl.h>
#include <errno.h>

#define ANSWER_MOST_BYTES ((size_t)16 * 1024 * 1024)

static size_t collect(char *bytes, size_t size, size_t count, void *answer)
{
    struct text *text = answer;
    if (text->length + size * count > ANSWER_MOST_BYTES)
        return 0;
    text_add_bytes(text, bytes, size * count);
    return size * count;
}

/* The code whose slug is the last segment of a problem's type. */
static enum err code_of_problem(const char *type)
{
    const char *slug = strrchr(type, '/');
    slug = slug ? slug + 1 : type;
    for (enum err code = OK + 1; code <= ERR_INTERNAL; code++)
        if (strcmp(error_slug(code), slug) == 0)
            return code;
    return ERR_INTERNAL;
}

/* Only a socket that is not there, or that nobody listens on, says that the process does not run.
 */
static enum err no_answer(CURL *curl, CURLcode result, const char *socket_path, struct error *error)
{
    long why = 0;
    if (result == CURLE_COULDNT_CONNECT)
        curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &why);
    bool runs = why != ENOENT && why != ENOTDIR && why != ECONNREFUSED;
    return error_set(error, runs ? ERR_UNREACHABLE : ERR_NOT_RUNNING, "%s: %s", socket_path,
                     why ? strerror((int)why) : curl_easy_strerror(result));
}

static enum err read_answer(long status, struct slice body, json_t **ret_answer,
                            struct error *error)
{
    AUTO(json) json_t *answer = NULL;
    enum err err = json_read(body, &answer, error);
    if (err)
        return error_add_context(error, err, "the answer (status %ld)", status);
    if (status >= 400)
        return error_set(error, code_of_problem(json_string_or(answer, "type", "")), "%s",
                         json_string_or(answer, "detail", "no reason given"));
    *ret_answer = json_incref(answer);
    return OK;
}

static CURLcode perform(CURL *curl, const char *socket_path, const char *method, const char *path,
                        const struct text *body, int timeout_ms, struct text *answer)
{
    AUTO(text) struct text url = {0};
    text_printf(&url, "http://annal%s", path);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, socket_path);
    curl_easy_setopt(curl, CURLOPT_URL, url.at);
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)timeout_ms);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
    if (body->length) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body->at);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)body->length);
    }
    CURLcode result = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    return result;
}

enum err control_call(const char *data_directory, const char *role, const char *method,
                      const char *path, const json_t *body, int timeout_ms, json_t **ret_answer,
                      struct error *error)
{
    struct sockaddr_un address;
    enum err err = control_path(data_directory, role, &address, error);
    if (err)
        return err;
    AUTO(text) struct text sent = {0};
    AUTO(text) struct text answer = {0};
    if (body)
        json_write(body, &sent);
    CURL *curl = curl_easy_init();
    REQUIRE(curl);
    CURLcode result = perform(curl, address.sun_path, method, path, &sent, timeout_ms, &answer);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    err = result == CURLE_OK ? read_answer(status, text_slice(&answer), ret_answer, error)
                             : no_answer(curl, result, address.sun_path, error);
    curl_easy_cleanup(curl);
    return err;
}
