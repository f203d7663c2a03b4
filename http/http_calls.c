/* libcurl reports which sockets it waits for (on_socket) and until when (on_timer), and is called only
 * for sockets that are ready. So the cost of an answer does not grow with the requests in flight. */
#include "http/http_calls.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#include <curl/curl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#define TIMEOUT_MS               30000
#define ANSWER_MOST_BYTES        ((size_t)1024 * 1024)
#define READY_MOST               64 /* sockets that one epoll_wait() reports */

/* Fails only without memory; a request must not go out without an option or a header. */
#define SET(curl, option, value) REQUIRE(curl_easy_setopt(curl, option, value) == CURLE_OK)

/* One request at a time; there are as many slots as may be in flight. */
struct slot {
    CURL *curl;
    struct curl_slist *headers;
    struct text answer;
    size_t answer_most_bytes;
    void *request_context;
    bool busy, too_large;
};

struct http_calls {
    CURLM *multi;
    int epoll_fd;
    int64_t timer_ms; /* monotonic: when libcurl wants to be called at the latest; -1: never */
    struct slot *slots;
    size_t slot_count, in_flight;
    http_call_done_fn *done;
    void *context;
};

/* Of an answer that is too large only the status is reported; the rest is not received. */
static size_t collect(char *bytes, size_t size, size_t count, void *slot_)
{
    struct slot *slot = slot_;
    slot->too_large = slot->answer.length + size * count > slot->answer_most_bytes;
    if (slot->too_large)
        return 0;
    text_add_bytes(&slot->answer, bytes, size * count);
    return size * count;
}

static void prepare_slot(struct slot *slot)
{
    slot->curl = curl_easy_init();
    REQUIRE(slot->curl);
    SET(slot->curl, CURLOPT_WRITEFUNCTION, collect);
    SET(slot->curl, CURLOPT_WRITEDATA, slot);
    SET(slot->curl, CURLOPT_PRIVATE, slot);
    SET(slot->curl, CURLOPT_NOSIGNAL, 1L);
    SET(slot->curl, CURLOPT_PROXY, "");
}

static void finish_slot(struct slot *slot)
{
    curl_easy_cleanup(slot->curl);
    curl_slist_free_all(slot->headers);
    text_finish(&slot->answer);
}

/* `known` was set by curl_multi_assign(): not NULL if the socket is already in the set. */
static int on_socket(CURL *curl, curl_socket_t fd, int what, void *calls_, void *known)
{
    const struct http_calls *calls = calls_;
    struct epoll_event wanted = {.data.fd = fd};
    (void)curl;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(calls->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
        return 0;
    }
    wanted.events = (what & CURL_POLL_IN ? EPOLLIN : 0U) | (what & CURL_POLL_OUT ? EPOLLOUT : 0U);
    int done = epoll_ctl(calls->epoll_fd, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &wanted);
    REQUIRE(done == 0);
    curl_multi_assign(calls->multi, fd, calls_);
    return 0;
}

static int on_timer(CURLM *multi, long ms, void *calls_)
{
    struct http_calls *calls = calls_;
    (void)multi;
    calls->timer_ms = ms < 0 ? -1 : clock_monotonic_ms() + ms;
    return 0;
}

static void prepare_multi(struct http_calls *calls, size_t in_flight)
{
    calls->multi = curl_multi_init();
    calls->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    calls->timer_ms = -1;
    REQUIRE(calls->multi && calls->epoll_fd >= 0);
    curl_multi_setopt(calls->multi, CURLMOPT_MAXCONNECTS, (long)in_flight);
    curl_multi_setopt(calls->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(calls->multi, CURLMOPT_SOCKETDATA, calls);
    curl_multi_setopt(calls->multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(calls->multi, CURLMOPT_TIMERDATA, calls);
}

struct http_calls *http_calls_create(size_t in_flight, http_call_done_fn *done, void *context)
{
    struct http_calls *calls = calloc(1, sizeof *calls);
    REQUIRE(calls);
    calls->slots = calloc(in_flight, sizeof *calls->slots);
    REQUIRE(calls->slots);
    calls->slot_count = in_flight;
    calls->done = done;
    calls->context = context;
    prepare_multi(calls, in_flight);
    for (size_t i = 0; i < in_flight; i++)
        prepare_slot(&calls->slots[i]);
    return calls;
}

static void abandon(struct http_calls *calls, struct slot *slot)
{
    curl_multi_remove_handle(calls->multi, slot->curl);
    calls->done(
        calls->context, slot->request_context,
        &(struct http_call_answer){.body = {"", 0}, .trouble = "the request was cancelled"});
}

void http_calls_destroy(struct http_calls *calls)
{
    if (!calls)
        return;
    for (size_t i = 0; i < calls->slot_count; i++) {
        if (calls->slots[i].busy)
            abandon(calls, &calls->slots[i]);
        finish_slot(&calls->slots[i]);
    }
    curl_multi_cleanup(calls->multi);
    close(calls->epoll_fd);
    free(calls->slots);
    free(calls);
}

bool http_calls_has_room(const struct http_calls *calls)
{
    return calls->in_flight < calls->slot_count;
}

size_t http_calls_in_flight(const struct http_calls *calls)
{
    return calls->in_flight;
}

void http_calls_each(const struct http_calls *calls, http_call_each_fn *each, void *context)
{
    for (size_t i = 0; i < calls->slot_count; i++)
        if (calls->slots[i].busy)
            each(context, calls->slots[i].request_context);
}

static struct slot *free_slot(struct http_calls *calls)
{
    for (size_t i = 0; i < calls->slot_count; i++)
        if (!calls->slots[i].busy)
            return &calls->slots[i];
    REQUIRE(!"http_calls_start was called without room");
    return NULL;
}

static void add_header(struct slot *slot, const char *header)
{
    struct curl_slist *longer = curl_slist_append(slot->headers, header);
    REQUIRE(longer);
    slot->headers = longer;
}

/* A request over a Unix socket needs some host. */
static void set_url(struct slot *slot, const struct http_call_request *request)
{
    AUTO(text) struct text url = {0};
    text_printf(&url, "%s%s", request->socket_path ? "http://annal" : "", request->url);
    SET(slot->curl, CURLOPT_URL, url.at); /* copied */
    SET(slot->curl, CURLOPT_UNIX_SOCKET_PATH, request->socket_path);
}

static void take_request(struct slot *slot, const struct http_call_request *request)
{
    curl_slist_free_all(slot->headers);
    slot->headers = NULL;
    add_header(slot, "Expect:");
    for (const char *const *header = request->headers; *header; header++)
        add_header(slot, *header);
    slot->request_context = request->context;
    slot->busy = true;
    slot->too_large = false;
    slot->answer_most_bytes =
        request->answer_most_bytes ? request->answer_most_bytes : ANSWER_MOST_BYTES;
    text_clear(&slot->answer);
    SET(slot->curl, CURLOPT_TIMEOUT_MS,
        (long)(request->timeout_ms ? request->timeout_ms : TIMEOUT_MS));
    set_url(slot, request);
    SET(slot->curl, CURLOPT_HTTPHEADER, slot->headers);
    if (request->body.length) {
        SET(slot->curl, CURLOPT_POSTFIELDSIZE, (long)request->body.length);
        SET(slot->curl, CURLOPT_POSTFIELDS, request->body.at);
    } else {
        SET(slot->curl, CURLOPT_HTTPGET, 1L);
    }
    SET(slot->curl, CURLOPT_CUSTOMREQUEST, request->method);
}

void http_calls_start(struct http_calls *calls, const struct http_call_request *request)
{
    struct slot *slot = free_slot(calls);
    take_request(slot, request);
    REQUIRE(curl_multi_add_handle(calls->multi, slot->curl) == CURLM_OK);
    calls->in_flight++;
}

static struct http_call_answer answer_of(const struct slot *slot, CURLcode result)
{
    struct http_call_answer answer = {.body = {"", 0}, .trouble = ""};
    long status = 0, why = 0;
    curl_easy_getinfo(slot->curl, CURLINFO_RESPONSE_CODE, &status);
    if (result == CURLE_COULDNT_CONNECT)
        curl_easy_getinfo(slot->curl, CURLINFO_OS_ERRNO, &why);
    answer.connect_errno = (int)why;
    answer.too_large = slot->too_large;
    if (result == CURLE_OK || slot->too_large)
        answer.status = (int)status;
    else
        answer.trouble = curl_easy_strerror(result);
    if (result == CURLE_OK)
        answer.body = text_slice(&slot->answer);
    return answer;
}

/* The slot stays busy during the callback, which may start a request: the answer is in the slot. */
static void finish(struct http_calls *calls, struct slot *slot, CURLcode result)
{
    struct http_call_answer answer = answer_of(slot, result);
    curl_multi_remove_handle(calls->multi, slot->curl);
    calls->done(calls->context, slot->request_context, &answer);
    slot->busy = false;
    calls->in_flight--;
}

void http_calls_once(const struct http_call_request *request, http_call_done_fn *done,
                     void *context)
{
    struct slot slot = {0};
    prepare_slot(&slot);
    take_request(&slot, request);
    CURLcode result = curl_easy_perform(slot.curl);
    struct http_call_answer answer = answer_of(&slot, result);
    done(context, request->context, &answer);
    finish_slot(&slot);
}

static int wait_at_most(const struct http_calls *calls, int ms)
{
    int64_t left_ms = calls->timer_ms < 0 ? ms : calls->timer_ms - clock_monotonic_ms();
    return left_ms < 0 ? 0 : left_ms < ms ? (int)left_ms : ms;
}

/* Waits for sockets and passes those that are ready to libcurl. */
static void move_on(struct http_calls *calls, int also_fd, int ms)
{
    struct epoll_event ready[READY_MOST];
    struct pollfd waits[] = {{.fd = calls->epoll_fd, .events = POLLIN},
                             {.fd = also_fd, .events = POLLIN}};
    int running, count = 0;
    if (poll(waits, 2, wait_at_most(calls, ms)) > 0 && waits[0].revents)
        count = epoll_wait(calls->epoll_fd, ready, READY_MOST, 0);
    for (int i = 0; i < count; i++) {
        uint32_t events = ready[i].events;
        int what = (events & EPOLLIN ? CURL_CSELECT_IN : 0) |
                   (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                   (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
        curl_multi_socket_action(calls->multi, ready[i].data.fd, what, &running);
    }
    if (calls->timer_ms >= 0 && clock_monotonic_ms() >= calls->timer_ms) {
        calls->timer_ms = -1;
        curl_multi_socket_action(calls->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
}

static void finish_done(struct http_calls *calls)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(calls->multi, &left));) {
        struct slot *slot = NULL;
        CURLcode result = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&slot);
        finish(calls, slot, result);
    }
}

void http_calls_work(struct http_calls *calls, int also_fd, int ms)
{
    move_on(calls, also_fd, ms);
    finish_done(calls);
}

const char *http_calls_library_version(void)
{
    return curl_version_info(CURLVERSION_NOW)->version;
}
