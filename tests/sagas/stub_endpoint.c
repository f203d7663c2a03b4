#include "tests/sagas/stub_endpoint.h"

#include "base/clock.h"
#include "tests/support/claims.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

struct stub_endpoint {
    int listening;
    char url[64];
    pthread_t thread;
    atomic_bool serving, stopping, holds, is_holding;
    _Atomic int status, count, padding;
    _Atomic int64_t times_ms[STUB_TIMES_MOST];
};

/* True if the whole request was read, with its body. */
static bool is_whole(const struct text *request)
{
    const char *end = strstr(request->at, "\r\n\r\n");
    const char *length = strstr(request->at, "Content-Length: ");
    if (!end)
        return false;
    size_t body = length && length < end ? (size_t)atoi(length + 16) : 0;
    return request->length >= (size_t)(end + 4 - request->at) + body;
}

static void read_request(int fd, struct text *request)
{
    ssize_t length;
    do {
        length = read(fd, text_reserve(request, 4096), 4096);
        request->length += length > 0 ? (size_t)length : 0;
        request->at[request->length] = '\0';
    } while (length > 0 && !is_whole(request));
}

/* An answer for each command in the request. */
static void write_answers(const struct text *request, int position, int padding, struct text *body)
{
    text_add(body, "{\"answers\":[");
    const char *at = request->at;
    for (int i = 0; (at = strstr(at, "\"idempotencyKey\"")); i++, at++)
        text_printf(
            body, "%s{\"status\":200,\"body\":{\"position\":%d,\"events\":[{}],\"more\":\"%*s\"}}",
            i ? "," : "", position, padding, "");
    text_add(body, "]}");
}

static void answer(struct stub_endpoint *stub, const struct text *request, int fd)
{
    AUTO(text) struct text body = {0};
    int status = atomic_load(&stub->status), number = atomic_load(&stub->count);
    if (number < STUB_TIMES_MOST)
        atomic_store(&stub->times_ms[number], clock_monotonic_ms());
    if (status == 200)
        write_answers(request, 1000 + number, atomic_load(&stub->padding), &body);
    dprintf(fd,
            "HTTP/1.1 %d stubbed\r\nContent-Type: application/json\r\n"
            "Content-Length: %zu\r\nConnection: close\r\n\r\n%s",
            status, body.length, body.at ? body.at : "");
    atomic_store(&stub->count, number + 1);
}

static void hold(struct stub_endpoint *stub)
{
    while (atomic_load(&stub->holds) && !atomic_load(&stub->stopping)) {
        atomic_store(&stub->is_holding, true);
        poll(NULL, 0, 5);
    }
    atomic_store(&stub->is_holding, false);
}

static void *serve(void *context)
{
    struct stub_endpoint *stub = context;
    atomic_store(&stub->serving, true);
    while (!atomic_load(&stub->stopping)) {
        struct pollfd wait = {.fd = stub->listening, .events = POLLIN};
        if (poll(&wait, 1, 20) != 1)
            continue;
        int fd = accept(stub->listening, NULL, NULL);
        if (fd < 0)
            continue;
        AUTO(text) struct text request = {0};
        read_request(fd, &request);
        hold(stub);
        answer(stub, &request, fd);
        close(fd);
    }
    return NULL;
}

struct stub_endpoint *stub_endpoint_start(void)
{
    struct stub_endpoint *stub = calloc(1, sizeof *stub);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    assert_non_null(stub);
    stub->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(stub->listening, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(stub->listening, 64), 0);
    assert_int_equal(getsockname(stub->listening, (struct sockaddr *)&address, &length), 0);
    snprintf(stub->url, sizeof stub->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    atomic_store(&stub->status, 500);
    assert_int_equal(pthread_create(&stub->thread, NULL, serve, stub), 0);
    wait_until(10, atomic_load(&stub->serving)); /* a fork while a thread starts may deadlock */
    return stub;
}

void stub_endpoint_stop(struct stub_endpoint *stub)
{
    atomic_store(&stub->stopping, true);
    pthread_join(stub->thread, NULL);
    close(stub->listening);
    free(stub);
}

const char *stub_endpoint_url(const struct stub_endpoint *stub)
{
    return stub->url;
}

void stub_endpoint_answer(struct stub_endpoint *stub, int status)
{
    atomic_store(&stub->status, status);
}

void stub_endpoint_pad(struct stub_endpoint *stub, int bytes)
{
    atomic_store(&stub->padding, bytes);
}

void stub_endpoint_hold(struct stub_endpoint *stub, bool holds)
{
    atomic_store(&stub->holds, holds);
}

bool stub_endpoint_is_holding(struct stub_endpoint *stub)
{
    return atomic_load(&stub->is_holding);
}

int stub_endpoint_count(struct stub_endpoint *stub)
{
    return atomic_load(&stub->count);
}

int64_t stub_endpoint_time_ms(struct stub_endpoint *stub, int number)
{
    return atomic_load(&stub->times_ms[number]);
}
