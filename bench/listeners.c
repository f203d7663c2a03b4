/* Listeners of GET /events, and the events they wait for at a fixed rate (open loop).
 *
 *     listeners ADDRESS FILTERED FOLLOWERS IDLE_SECONDS SECONDS
 *
 * FILTERED listeners follow one category each, FOLLOWERS follow everything. Prints `connected` once all
 * have been answered, `idle` after IDLE_SECONDS without an event, and then appends FILTERED events a
 * second, one for each category in turn. The time of an event begins when it is recorded, which is before
 * its COMMIT, and ends when its last byte reaches a listener. Ends with one line of JSON. One thread.
 */
#include "base/clock.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#define SENDERS     32
#define PATIENCE_US 10000000
#define READY_MOST  256

enum chunk_state { CHUNK_HEAD, CHUNK_SIZE, CHUNK_BODY };

struct client {
    int fd;
    bool is_sender, busy;
    enum chunk_state chunk;
    size_t chunk_left;
    struct text in, events; /* as received; and without chunked encoding */
};

struct bench {
    struct sockaddr_in to;
    int epoll;
    struct client *clients;
    size_t filtered, followers, client_count;
    int64_t begin_us, sent, count, answered, failed, answered_listeners;
    int64_t *latency_us, latencies, expected;
};

static void connect_client(struct bench *bench, struct client *client)
{
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(client->fd >= 0);
    if (connect(client->fd, (struct sockaddr *)&bench->to, sizeof bench->to) != 0) {
        perror("connect");
        exit(1);
    }
    fcntl(client->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    REQUIRE(epoll_ctl(bench->epoll, EPOLL_CTL_ADD, client->fd, &event) == 0);
}

static void send_all(const struct client *client, const struct text *text)
{
    if (send(client->fd, text->at, text->length, MSG_NOSIGNAL) != (ssize_t)text->length) {
        perror("send");
        exit(1);
    }
}

static void listen_as(const struct client *client, size_t number, bool filtered)
{
    AUTO(text) struct text request = {0};
    text_add(&request, "GET /events?after=head");
    if (filtered)
        text_printf(&request, "&category=c%zu", number);
    text_add(&request, " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n");
    send_all(client, &request);
}

static void open_clients(struct bench *bench)
{
    size_t listeners = bench->filtered + bench->followers;
    bench->client_count = listeners + SENDERS;
    bench->clients = calloc(bench->client_count, sizeof *bench->clients);
    REQUIRE(bench->clients);
    for (size_t i = 0; i < bench->client_count; i++) {
        connect_client(bench, &bench->clients[i]);
        bench->clients[i].is_sender = i >= listeners;
        if (i < listeners)
            listen_as(&bench->clients[i], i, i < bench->filtered);
    }
}

/* --- receiving ------------------------------------------------------------------------------- */

static void take(struct text *text, size_t bytes)
{
    text->length -= bytes;
    memmove(text->at, text->at + bytes, text->length + 1);
}

static void note_event(struct bench *bench, const char *block)
{
    static const char member[] = "\"recordedtime\":\"";
    const char *at = strstr(block, member);
    int64_t recorded_us;
    if (!at)
        return;
    at += sizeof member - 1;
    REQUIRE(clock_parse((struct slice){at, strcspn(at, "\"")}, &recorded_us));
    if (bench->latencies < bench->expected)
        bench->latency_us[bench->latencies] = clock_now_us() - recorded_us;
    bench->latencies++;
}

static void read_blocks(struct bench *bench, struct client *client)
{
    struct text *events = &client->events;
    size_t done = 0;
    for (char *end; events->length > done && (end = strstr(events->at + done, "\n\n"));) {
        *end = '\0';
        note_event(bench, events->at + done);
        done = (size_t)(end - events->at) + 2;
    }
    if (done)
        take(events, done);
}

/* Takes a complete head, chunk size or chunk; false if none is complete. */
static bool read_part(struct bench *bench, struct client *client)
{
    struct text *in = &client->in;
    const char *end = client->chunk == CHUNK_HEAD ? "\r\n\r\n" : "\r\n";
    char *found = in->length ? strstr(in->at, end) : NULL;
    size_t given = in->length < client->chunk_left ? in->length : client->chunk_left;
    if (client->chunk == CHUNK_BODY && client->chunk_left) {
        text_add_bytes(&client->events, in->at, given);
        client->chunk_left -= given;
        take(in, given);
        return given > 0;
    }
    if (!found)
        return false;
    if (client->chunk == CHUNK_HEAD) {
        bench->answered_listeners += strncmp(in->at, "HTTP/1.1 200", 12) == 0;
        client->chunk = CHUNK_SIZE;
    } else if (client->chunk == CHUNK_BODY) {
        client->chunk = CHUNK_SIZE; /* the end of the line after it */
    } else {
        client->chunk_left = strtoul(in->at, NULL, 16);
        client->chunk = CHUNK_BODY;
    }
    take(in, (size_t)(found - in->at) + strlen(end));
    return true;
}

/* Answers are short; one is complete with its last brace. */
static void read_answer(struct bench *bench, struct client *client)
{
    if (!client->in.length || client->in.at[client->in.length - 1] != '}')
        return;
    bool good = strncmp(client->in.at, "HTTP/1.1 20", 11) == 0;
    bench->answered++;
    bench->failed += !good;
    client->busy = false;
    text_clear(&client->in);
}

static void receive(struct bench *bench, struct client *client)
{
    static char piece[65536];
    ssize_t got = recv(client->fd, piece, sizeof piece, 0);
    if (got < 0 && errno == EAGAIN)
        return;
    if (got <= 0) {
        fprintf(stderr, "a connection was closed\n");
        exit(1);
    }
    text_add_bytes(&client->in, piece, (size_t)got);
    if (client->is_sender) {
        read_answer(bench, client);
        return;
    }
    while (client->in.length && read_part(bench, client))
        ;
    read_blocks(bench, client);
}

static void receive_ready(struct bench *bench, int wait_ms)
{
    struct epoll_event ready[READY_MOST];
    int count = epoll_wait(bench->epoll, ready, READY_MOST, wait_ms);
    for (int i = 0; i < count; i++)
        receive(bench, ready[i].data.ptr);
}

/* --- sending ------------------------------------------------------------------------------- */

static void send_event(const struct bench *bench, const struct client *client)
{
    AUTO(text) struct text body = {0}, request = {0};
    text_printf(&body,
                "{\"specversion\":\"1.0\",\"id\":\"b-%lld\",\"source\":\"/bench\",\"type\":"
                "\"bench.happened.v1\",\"data\":{\"number\":%lld}}",
                (long long)bench->sent, (long long)bench->sent);
    text_printf(&request,
                "POST /streams/c%lld/S HTTP/1.1\r\nHost: localhost\r\n"
                "Content-Type: application/cloudevents+json\r\nContent-Length: %zu\r\n\r\n%s",
                (long long)bench->sent % (long long)bench->filtered, body.length, body.at);
    send_all(client, &request);
}

static void send_due(struct bench *bench)
{
    struct client *senders = bench->clients + bench->filtered + bench->followers;
    int64_t now_us = clock_monotonic_us();
    for (size_t i = 0; i < SENDERS && bench->sent < bench->count; i++) {
        int64_t due_us = bench->begin_us + bench->sent * 1000000 / (int64_t)bench->filtered;
        if (due_us > now_us)
            return;
        if (senders[i].busy)
            continue;
        senders[i].busy = true;
        send_event(bench, &senders[i]);
        bench->sent++;
    }
}

/* --- the three parts -------------------------------------------------------------------------- */

static void wait_for_answers(struct bench *bench)
{
    int64_t until_us = clock_monotonic_us() + PATIENCE_US;
    int64_t listeners = (int64_t)(bench->filtered + bench->followers);
    while (bench->answered_listeners < listeners && clock_monotonic_us() < until_us)
        receive_ready(bench, 10);
    if (bench->answered_listeners < listeners) {
        fprintf(stderr, "%lld of %lld listeners were answered\n",
                (long long)bench->answered_listeners, (long long)listeners);
        exit(1);
    }
    puts("connected");
    fflush(stdout);
}

static void idle(struct bench *bench, int64_t seconds)
{
    int64_t until_us = clock_monotonic_us() + seconds * 1000000;
    while (clock_monotonic_us() < until_us)
        receive_ready(bench, 100);
    puts("idle");
    fflush(stdout);
}

static void load(struct bench *bench, int64_t seconds)
{
    bench->count = (int64_t)bench->filtered * seconds;
    bench->expected = bench->count * (int64_t)(1 + bench->followers);
    bench->latency_us = calloc((size_t)bench->expected, sizeof *bench->latency_us);
    REQUIRE(bench->latency_us);
    bench->begin_us = clock_monotonic_us();
    int64_t until_us = bench->begin_us + seconds * 1000000 + PATIENCE_US;
    while (bench->latencies < bench->expected && clock_monotonic_us() < until_us) {
        send_due(bench);
        receive_ready(bench, 1);
    }
}

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void report(struct bench *bench)
{
    int64_t count = bench->latencies < bench->expected ? bench->latencies : bench->expected;
    qsort(bench->latency_us, (size_t)count, sizeof *bench->latency_us, compare);
    printf("{\"events\":%lld,\"failed\":%lld,\"came\":%lld,\"expected\":%lld,\"p50_us\":%lld,"
           "\"p99_us\":%lld}\n",
           (long long)bench->answered, (long long)bench->failed, (long long)bench->latencies,
           (long long)bench->expected,
           count ? (long long)bench->latency_us[(count - 1) * 50 / 100] : 0,
           count ? (long long)bench->latency_us[(count - 1) * 99 / 100] : 0);
}

static void finish(struct bench *bench)
{
    for (size_t i = 0; i < bench->client_count; i++) {
        close(bench->clients[i].fd);
        text_finish(&bench->clients[i].in);
        text_finish(&bench->clients[i].events);
    }
    free(bench->clients);
    free(bench->latency_us);
    close(bench->epoll);
}

static bool read_arguments(struct bench *bench, char *const *arguments, int64_t number[4])
{
    char host[64];
    const char *colon = strrchr(arguments[0], ':');
    if (!colon || (size_t)(colon - arguments[0]) >= sizeof host)
        return false;
    snprintf(host, sizeof host, "%.*s", (int)(colon - arguments[0]), arguments[0]);
    bench->to = (struct sockaddr_in){.sin_family = AF_INET,
                                     .sin_port = htons((uint16_t)strtoul(colon + 1, NULL, 10))};
    for (int i = 0; i < 4; i++)
        if (!slice_read_int(slice_of(arguments[i + 1]), &number[i]) || number[i] < 1)
            return false;
    return inet_pton(AF_INET, host, &bench->to.sin_addr) == 1;
}

int main(int count, char **arguments)
{
    static struct bench bench;
    int64_t number[4];
    struct rlimit limit;
    if (count != 6 || !read_arguments(&bench, arguments + 1, number)) {
        fprintf(stderr, "usage: listeners ADDRESS FILTERED FOLLOWERS IDLE_SECONDS SECONDS\n");
        return 2;
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    bench.epoll = epoll_create1(EPOLL_CLOEXEC);
    bench.filtered = (size_t)number[0];
    bench.followers = (size_t)number[1];
    open_clients(&bench);
    wait_for_answers(&bench);
    idle(&bench, number[2]);
    load(&bench, number[3]);
    report(&bench);
    finish(&bench);
    return 0;
}
