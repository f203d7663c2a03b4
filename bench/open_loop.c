/* Requests at a fixed rate (open loop).
 *
 *     open_loop reads   RATE SECONDS CONNECTIONS SEED URL ORDERS           GET /read/order_summary/{id}
 *     open_loop creates RATE SECONDS CONNECTIONS SEED URL ITEMS            POST an `order create`
 *     open_loop places  RATE SECONDS CONNECTIONS SEED URL ITEMS            the same, and place the order
 *     open_loop visible RATE SECONDS CONNECTIONS SEED URL ITEMS QUERIES    the same, then GET the row
 *
 * Each request is due at a fixed time, however late earlier requests are; the time that it waits for a
 * connection counts. Reads take random keys from ORD-00000001 to ORD-<ORDERS>. Orders have a random id
 * and ITEMS items; `visible` is complete when the query endpoint at QUERIES has returned the row with
 * Annal-Min-Position. Prints one line of JSON. Ends at the first answer that is not 2xx. One thread; the
 * same SEED gives the same requests.
 */
#include "base/clock.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MOST 1024
#define READ_BYTES       65536

enum what { READS, CREATES, PLACES, VISIBLE };
static const char *const what_names[] = {"reads", "creates", "places", "visible"};

/* A connection to the endpoint and, for `visible`, one to the query endpoint. */
struct client {
    int fd, row_fd;
    bool asked; /* the command is answered, the row is requested */
    int64_t due_us, number;
    char id[32];
    struct text in; /* what came of the answer */
};

struct load {
    enum what what;
    int64_t rate, count, size; /* size: ORDERS or ITEMS */
    int epoll;
    struct client clients[CONNECTIONS_MOST], *idle[CONNECTIONS_MOST];
    size_t client_count, idle_count;
    int64_t begin_us, took_us, sent, done;
    int64_t *answered_us, *visible_us; /* of each request */
    uint64_t random;
};

static void fail(const char *what, const char *detail)
{
    fprintf(stderr, "open_loop: %s: %s\n", what, detail);
    exit(1);
}

static uint64_t next_random(struct load *load)
{
    load->random += 0x9e3779b97f4a7c15ULL;
    uint64_t mixed = (load->random ^ load->random >> 30) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebULL;
    return mixed ^ mixed >> 31;
}

/* --- connections ----------------------------------------------------------------------------- */

static int connect_to(const struct load *load, const char *url, struct client *client)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
    const char *colon = strrchr(url, ':');
    int one = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!colon || fd < 0)
        fail("cannot connect", url);
    to.sin_port = htons((uint16_t)atoi(colon + 1));
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        fail("cannot connect", url);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    REQUIRE(epoll_ctl(load->epoll, EPOLL_CTL_ADD, fd, &event) == 0);
    return fd;
}

static void connect_all(struct load *load, const char *url, const char *queries)
{
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < load->client_count; i++) {
        struct client *client = &load->clients[i];
        client->fd = connect_to(load, url, client);
        client->row_fd = queries ? connect_to(load, queries, client) : -1;
        load->idle[load->idle_count++] = client;
    }
}

/* --- requests -------------------------------------------------------------------------------- */

static void send_text(int fd, const struct text *request)
{
    if (send(fd, request->at, request->length, MSG_NOSIGNAL) != (ssize_t)request->length)
        fail("cannot send", "a request was not taken whole");
}

static void send_read(struct load *load, struct client *client)
{
    AUTO(text) struct text request = {0};
    text_printf(&request, "GET /read/order_summary/ORD-%08lld HTTP/1.1\r\nHost: localhost\r\n\r\n",
                1 + (long long)(next_random(load) % (uint64_t)load->size));
    send_text(client->fd, &request);
}

static void write_order(const struct load *load, const struct client *client, struct text *out)
{
    text_printf(out, "{\"customerId\":\"CUST-%06lld\",\"currency\":\"EUR\",%s\"items\":[",
                (long long)client->number % 10000, load->what >= PLACES ? "\"place\":true," : "");
    for (int64_t i = 0; i < load->size; i++)
        text_printf(out, "%s{\"productId\":\"SKU-%04lld\",\"quantity\":1,\"unitPrice\":1999}",
                    i ? "," : "", (long long)(client->number + i) % 1000);
    text_add(out, "]}");
}

static void send_create(struct load *load, struct client *client)
{
    AUTO(text) struct text request = {0}, body = {0};
    snprintf(client->id, sizeof client->id, "ORD-%016llx", (unsigned long long)next_random(load));
    write_order(load, client, &body);
    text_printf(&request,
                "POST /commands/order/%s/create HTTP/1.1\r\nHost: localhost\r\n"
                "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                client->id, body.length);
    text_add_slice(&request, text_slice(&body));
    send_text(client->fd, &request);
}

static void ask_for_row(struct client *client)
{
    static const char name[] = "\r\nAnnal-Position: ";
    AUTO(text) struct text request = {0};
    const char *position = strstr(client->in.at, name);
    if (!position)
        fail("an answer has no Annal-Position", client->in.at);
    text_printf(&request,
                "GET /read/order_summary/%s HTTP/1.1\r\nHost: localhost\r\n"
                "Annal-Min-Position: %lld\r\n\r\n",
                client->id, atoll(position + sizeof name - 1));
    client->asked = true;
    send_text(client->row_fd, &request);
}

static int64_t next_due_us(const struct load *load)
{
    return load->begin_us + load->sent * 1000000 / load->rate;
}

static void send_one(struct load *load)
{
    struct client *client = load->idle[--load->idle_count];
    client->due_us = next_due_us(load);
    client->number = load->sent++;
    client->asked = false;
    if (load->what == READS)
        send_read(load, client);
    else
        send_create(load, client);
}

/* --- answers --------------------------------------------------------------------------------- */

/* Ends the program if the answer is not 2xx. */
static bool is_complete(const struct text *answer)
{
    static const char good[] = "HTTP/1.1 2", length[] = "\r\nContent-Length: ";
    if (strncmp(answer->at, good, sizeof good - 1) != 0)
        fail("an answer is not 2xx", answer->at);
    const char *body = strstr(answer->at, "\r\n\r\n"), *at = strcasestr(answer->at, length);
    return body && at &&
           answer->length ==
               (size_t)(body + 4 - answer->at) + (size_t)atoll(at + sizeof length - 1);
}

static void finish_answer(struct load *load, struct client *client)
{
    int64_t us = clock_monotonic_us() - client->due_us;
    if (!client->asked)
        load->answered_us[client->number] = us;
    if (load->what == VISIBLE && !client->asked) {
        ask_for_row(client);
    } else {
        load->visible_us[client->number] = us;
        load->done++;
        load->idle[load->idle_count++] = client;
    }
    text_clear(&client->in);
}

static void take_answer(struct load *load, struct client *client)
{
    ssize_t bytes = recv(client->asked ? client->row_fd : client->fd,
                         text_reserve(&client->in, READ_BYTES), READ_BYTES, MSG_DONTWAIT);
    if (bytes <= 0)
        fail("cannot receive", "a connection was closed");
    client->in.length += (size_t)bytes;
    client->in.at[client->in.length] = '\0';
    if (is_complete(&client->in))
        finish_answer(load, client);
}

static void wait_for_answers(struct load *load)
{
    struct epoll_event events[CONNECTIONS_MOST];
    int64_t wait_us = 1000000;
    if (load->sent < load->count && load->idle_count > 0)
        wait_us = next_due_us(load) - clock_monotonic_us();
    struct timespec wait = {wait_us > 0 ? wait_us / 1000000 : 0,
                            wait_us > 0 ? wait_us % 1000000 * 1000 : 0};
    int ready = epoll_pwait2(load->epoll, events, CONNECTIONS_MOST, &wait, NULL);
    for (int i = 0; i < ready; i++)
        take_answer(load, events[i].data.ptr);
}

static void run(struct load *load)
{
    load->begin_us = clock_monotonic_us();
    while (load->done < load->count) {
        while (load->sent < load->count && load->idle_count > 0 &&
               next_due_us(load) <= clock_monotonic_us())
            send_one(load);
        wait_for_answers(load);
    }
    load->took_us = clock_monotonic_us() - load->begin_us;
}

/* --- the report ------------------------------------------------------------------------------ */

static int compare(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static void print_percentiles(const char *prefix, int64_t *us, int64_t count)
{
    qsort(us, (size_t)count, sizeof *us, compare);
    printf("\"%sp50_us\":%lld,\"%sp99_us\":%lld,\"%sp999_us\":%lld,", prefix,
           (long long)us[(count - 1) * 50 / 100], prefix, (long long)us[(count - 1) * 99 / 100],
           prefix, (long long)us[(count - 1) * 999 / 1000]);
}

static void report(struct load *load)
{
    printf("{");
    print_percentiles("answered_", load->answered_us, load->count);
    print_percentiles("", load->visible_us, load->count);
    printf("\"requests\":%lld,\"us\":%lld}\n", (long long)load->count, (long long)load->took_us);
}

/* RATE SECONDS CONNECTIONS SEED, and after the URL ORDERS or ITEMS; SECONDS may have a fraction. */
static bool read_numbers(char *const *arguments, struct load *load)
{
    int64_t connections, seed;
    if (!slice_read_int(slice_of(arguments[0]), &load->rate) ||
        !slice_read_int(slice_of(arguments[2]), &connections) ||
        !slice_read_int(slice_of(arguments[3]), &seed) ||
        !slice_read_int(slice_of(arguments[5]), &load->size))
        return false;
    load->random = (uint64_t)seed << 32;
    load->count = (int64_t)((double)load->rate * atof(arguments[1]));
    load->client_count = (size_t)connections;
    return load->count > 0 && load->size > 0 && connections > 0 && connections <= CONNECTIONS_MOST;
}

int main(int count, char **arguments)
{
    static struct load load;
    size_t what = 0;
    while (count > 1 && what <= VISIBLE && strcmp(arguments[1], what_names[what]) != 0)
        what++;
    if (what > VISIBLE || count != (what == VISIBLE ? 9 : 8) ||
        !read_numbers(arguments + 2, &load)) {
        fprintf(stderr,
                "usage: open_loop reads|creates|places|visible RATE SECONDS CONNECTIONS URL SIZE "
                "[QUERIES_URL]\n");
        return 2;
    }
    load.what = (enum what)what;
    load.answered_us = calloc((size_t)load.count, sizeof *load.answered_us);
    load.visible_us = calloc((size_t)load.count, sizeof *load.visible_us);
    REQUIRE(load.answered_us && load.visible_us);
    connect_all(&load, arguments[6], count == 9 ? arguments[8] : NULL);
    run(&load);
    report(&load);
    for (size_t i = 0; i < load.client_count; i++)
        text_finish(&load.clients[i].in);
    free(load.answered_us);
    free(load.visible_us);
    return 0;
}
