/* GET /read/order_summary/{id} at a fixed rate (open loop).
 *
 *     point_reads ADDRESS CONNECTIONS RATE SECONDS ORDERS      prints one line of JSON
 *
 * Each request is due at a fixed time, however late earlier requests are; the time that it waits for a
 * connection counts. Random keys from ORD-00000001 to ORD-<ORDERS>. Ends at the first answer that is not
 * 200. One thread.
 */
#include "base/clock.h"
#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECTIONS_MOST 256
#define ANSWER_BYTES     16384

struct bench {
    int epoll, fd[CONNECTIONS_MOST];
    size_t idle[CONNECTIONS_MOST], idle_count;
    int64_t due_us[CONNECTIONS_MOST]; /* of the request a connection is busy with */
    int64_t begin_us, rate, orders, sent, answered, count, *latency_us;
};

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void connect_all(struct bench *bench, const char *address, size_t connections)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    const char *colon = strrchr(address, ':');
    REQUIRE(colon && connections > 0 && connections <= CONNECTIONS_MOST);
    to.sin_port = htons((uint16_t)atoi(colon + 1));
    bench->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = i};
        bench->fd[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(bench->fd[i], (struct sockaddr *)&to, sizeof to) != 0)
            fail("connect");
        REQUIRE(epoll_ctl(bench->epoll, EPOLL_CTL_ADD, bench->fd[i], &event) == 0);
        bench->idle[bench->idle_count++] = i;
    }
}

static int64_t next_due_us(const struct bench *bench)
{
    return bench->begin_us + bench->sent * 1000000 / bench->rate;
}

static void send_one(struct bench *bench)
{
    AUTO(text) struct text request = {0};
    size_t i = bench->idle[--bench->idle_count];
    bench->due_us[i] = next_due_us(bench);
    bench->sent++;
    text_printf(&request, "GET /read/order_summary/ORD-%08lld HTTP/1.1\r\nHost: localhost\r\n\r\n",
                1 + (long long)random() % (long long)bench->orders);
    if (write(bench->fd[i], request.at, request.length) != (ssize_t)request.length)
        fail("write");
}

/* An answer has a few hundred bytes, which arrive together. */
static void take_answer(struct bench *bench, size_t i)
{
    static const char good[] = "HTTP/1.1 200 ";
    char answer[ANSWER_BYTES];
    ssize_t bytes = read(bench->fd[i], answer, sizeof answer);
    if (bytes < (ssize_t)sizeof good || memcmp(answer, good, sizeof good - 1) != 0)
        fail("an answer is not 200");
    bench->latency_us[bench->answered++] = clock_monotonic_us() - bench->due_us[i];
    bench->idle[bench->idle_count++] = i;
}

static void wait_for_answers(struct bench *bench)
{
    struct epoll_event events[CONNECTIONS_MOST];
    int64_t wait_us = 1000000;
    if (bench->sent < bench->count && bench->idle_count > 0)
        wait_us = next_due_us(bench) - clock_monotonic_us();
    struct timespec wait = {wait_us > 0 ? wait_us / 1000000 : 0,
                            wait_us > 0 ? wait_us % 1000000 * 1000 : 0};
    int ready = epoll_pwait2(bench->epoll, events, CONNECTIONS_MOST, &wait, NULL);
    for (int i = 0; i < ready; i++)
        take_answer(bench, (size_t)events[i].data.u64);
}

static void run(struct bench *bench)
{
    bench->begin_us = clock_monotonic_us();
    while (bench->answered < bench->count) {
        while (bench->sent < bench->count && bench->idle_count > 0 &&
               next_due_us(bench) <= clock_monotonic_us())
            send_one(bench);
        wait_for_answers(bench);
    }
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void report(const struct bench *bench)
{
    double seconds = (double)(clock_monotonic_us() - bench->begin_us) / 1e6;
    qsort(bench->latency_us, (size_t)bench->count, sizeof *bench->latency_us, compare);
    printf("{\"per_second\": %.0f, \"p50_us\": %lld, \"p99_us\": %lld}\n",
           (double)bench->count / seconds, (long long)bench->latency_us[bench->count / 2],
           (long long)bench->latency_us[bench->count * 99 / 100]);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    if (argc != 6) {
        fprintf(stderr, "usage: point_reads ADDRESS CONNECTIONS RATE SECONDS ORDERS\n");
        return 2;
    }
    bench.rate = atoll(argv[3]);
    bench.count = (int64_t)((double)bench.rate * atof(argv[4]));
    bench.orders = atoll(argv[5]);
    bench.latency_us = calloc((size_t)bench.count, sizeof *bench.latency_us);
    REQUIRE(bench.rate > 0 && bench.count > 0 && bench.orders > 0 && bench.latency_us);
    connect_all(&bench, argv[1], (size_t)atoll(argv[2]));
    run(&bench);
    report(&bench);
    free(bench.latency_us);
    return 0;
}
