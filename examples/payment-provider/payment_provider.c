/* A payment provider, as another service would be written: it knows of annal only what RabbitMQ and
 * HTTP tell. It sees payment.requested.v1 on the exchange annal.events and answers each with the
 * command `payment complete` or `payment fail`, all that are there (at most AT_ONCE) at once.
 *
 *   payment-provider AMQP_URL COMMANDS_URL [PERCENT_REFUSED]
 *
 * A message is acknowledged only when its answer has been taken, so none is lost when it is killed;
 * the Idempotency-Key is made of the event's id, so none counts twice when it comes again. Whether
 * a payment is refused depends on the order's id alone.
 */
#include <amqp.h>
#include <amqp_tcp_socket.h>

#include <curl/curl.h>

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE    "payment-provider"
#define EXCHANGE "annal.events"
#define TYPE     "payment.requested.v1"
#define CHANNEL  1
#define AT_ONCE  32
#define AGAIN_MS 500

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
    (void)number;
    stopping = 1;
}

static void wait_ms(int ms)
{
    poll(NULL, 0, ms);
}

/* ---- annal's side: HTTP ---- */

struct payment {
    CURL *curl;
    struct curl_slist *headers;
    char order[129], event_id[129], body[512];
    uint64_t delivery_tag;
    int refused;
};

static size_t ignore(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes, (void)context;
    return size * count;
}

/* FNV-1a: 0 to 99, always the same for an order. */
static unsigned dice(const char *order)
{
    unsigned hash = 2166136261U;
    for (; *order; order++)
        hash = (hash ^ (unsigned char)*order) * 16777619U;
    return hash / 7 % 100;
}

static void decide(struct payment *payment, unsigned percent_refused)
{
    payment->refused = dice(payment->order) < percent_refused;
    if (payment->refused)
        snprintf(payment->body, sizeof payment->body, "{\"reason\":\"no cover\"}");
    else
        snprintf(payment->body, sizeof payment->body,
                 "{\"reference\":\"PSP-%s\",\"method\":\"card\"}", payment->order);
}

static void post(struct payment *payment, CURLM *calls, const char *commands_url)
{
    char url[1024], key[256];
    snprintf(url, sizeof url, "%s/commands/payment/%s/%s", commands_url, payment->order,
             payment->refused ? "fail" : "complete");
    snprintf(key, sizeof key, "Idempotency-Key: \"psp-%s\"", payment->event_id);
    curl_slist_free_all(payment->headers);
    payment->headers = curl_slist_append(NULL, "Content-Type: application/json");
    payment->headers = curl_slist_append(payment->headers, key);
    curl_easy_setopt(payment->curl, CURLOPT_URL, url);
    curl_easy_setopt(payment->curl, CURLOPT_HTTPHEADER, payment->headers);
    curl_easy_setopt(payment->curl, CURLOPT_POSTFIELDS, payment->body);
    curl_easy_setopt(payment->curl, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(payment->curl, CURLOPT_TIMEOUT, 30L);
    curl_multi_add_handle(calls, payment->curl);
}

static void wait_for_answers(CURLM *calls)
{
    int running = 1;
    while (curl_multi_perform(calls, &running) == CURLM_OK && running > 0)
        curl_multi_poll(calls, NULL, 0, 1000, NULL);
}

/* True if annal has accepted the answer. A 4xx is final too (409: the payment is settled), unless
 * it asks to retry. */
static int is_settled(struct payment *payment, CURLM *calls)
{
    long status = 0; /* stays 0 without an answer */
    curl_easy_getinfo(payment->curl, CURLINFO_RESPONSE_CODE, &status);
    curl_multi_remove_handle(calls, payment->curl);
    printf("%s %s: %ld\n", payment->order, payment->refused ? "refused" : "paid", status);
    return status >= 200 && status < 500 && status != 408 && status != 429;
}

/* ---- RabbitMQ's side ---- */

static int is_well(amqp_rpc_reply_t reply, const char *doing)
{
    if (reply.reply_type == AMQP_RESPONSE_NORMAL)
        return 1;
    fprintf(stderr, "payment-provider: %s: %s\n", doing,
            reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION
                ? amqp_error_string2(reply.library_error)
                : "refused by the broker");
    return 0;
}

static int declare(amqp_connection_state_t connection)
{
    amqp_bytes_t queue = amqp_cstring_bytes(QUEUE), exchange = amqp_cstring_bytes(EXCHANGE);
    amqp_channel_open(connection, CHANNEL);
    if (!is_well(amqp_get_rpc_reply(connection), "open a channel"))
        return 0;
    amqp_exchange_declare(connection, CHANNEL, exchange, amqp_cstring_bytes("topic"), 0, 1, 0, 0,
                          amqp_empty_table);
    amqp_queue_declare(connection, CHANNEL, queue, 0, 1, 0, 0, amqp_empty_table);
    amqp_queue_bind(connection, CHANNEL, queue, exchange, amqp_cstring_bytes(TYPE),
                    amqp_empty_table);
    amqp_basic_qos(connection, CHANNEL, 0, AT_ONCE, 0);
    amqp_basic_consume(connection, CHANNEL, queue, amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    return is_well(amqp_get_rpc_reply(connection), "consume from " QUEUE);
}

/* NULL if it cannot be reached. */
static amqp_connection_state_t open_broker(char *url)
{
    struct amqp_connection_info info;
    char *parsed = strdup(url); /* amqp_parse_url cuts it up */
    if (!parsed || amqp_parse_url(parsed, &info) != AMQP_STATUS_OK) {
        fprintf(stderr, "payment-provider: %s is not an AMQP URL\n", url);
        exit(2);
    }
    amqp_connection_state_t connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(connection);
    int well = socket && amqp_socket_open(socket, info.host, info.port) == AMQP_STATUS_OK &&
               is_well(amqp_login(connection, info.vhost, 0, 131072, 30, AMQP_SASL_METHOD_PLAIN,
                                  info.user, info.password),
                       "log in") &&
               declare(connection);
    free(parsed);
    if (well)
        return connection;
    amqp_destroy_connection(connection);
    return NULL;
}

/* The order: the part behind the slash of the CloudEvents attribute partitionkey,
 * "payment/ORD-1". */
static int read_order(const amqp_basic_properties_t *properties, char *order, size_t bytes)
{
    const amqp_table_t *headers = &properties->headers;
    for (int i = 0; i < headers->num_entries; i++) {
        const amqp_table_entry_t *entry = &headers->entries[i];
        const amqp_bytes_t key = entry->key, value = entry->value.value.bytes;
        if (entry->value.kind != AMQP_FIELD_KIND_UTF8 ||
            key.len != strlen("cloudEvents_partitionkey") ||
            memcmp(key.bytes, "cloudEvents_partitionkey", key.len) != 0)
            continue;
        const char *text = value.bytes, *slash = memchr(text, '/', value.len);
        size_t length = slash ? value.len - (size_t)(slash + 1 - text) : 0;
        if (length == 0 || length >= bytes)
            return 0;
        memcpy(order, slash + 1, length);
        order[length] = '\0';
        return 1;
    }
    return 0;
}

/* The requested amount; 0 if the message has none. */
static int read_payment(const amqp_envelope_t *envelope, struct payment *payment)
{
    const amqp_basic_properties_t *properties = &envelope->message.properties;
    payment->delivery_tag = envelope->delivery_tag;
    snprintf(payment->event_id, sizeof payment->event_id, "%.*s", (int)properties->message_id.len,
             (const char *)properties->message_id.bytes);
    return read_order(properties, payment->order, sizeof payment->order);
}

/* Receives the available messages, and waits a while for the first. Returns their number; below 0:
 * the connection is lost. */
static int take_messages(amqp_connection_state_t connection, struct payment *payments)
{
    int count = 0;
    while (count < AT_ONCE) {
        struct timeval patience = {.tv_usec = count ? 0 : 200000};
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection);
        amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, &patience, 0);
        if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION &&
            reply.library_error == AMQP_STATUS_TIMEOUT)
            break;
        if (!is_well(reply, "wait for a message"))
            return -1;
        if (read_payment(&envelope, &payments[count])) {
            count++;
        } else {
            fprintf(stderr, "payment-provider: a message without a partitionkey is dropped\n");
            amqp_basic_ack(connection, CHANNEL, envelope.delivery_tag, 0);
        }
        amqp_destroy_envelope(&envelope);
    }
    return count;
}

/* Messages that are not acknowledged are delivered again. */
static void settle(amqp_connection_state_t connection, CURLM *calls, struct payment *payments,
                   int count)
{
    int unsettled = 0;
    for (int i = 0; i < count; i++) {
        if (is_settled(&payments[i], calls)) {
            amqp_basic_ack(connection, CHANNEL, payments[i].delivery_tag, 0);
        } else {
            amqp_basic_nack(connection, CHANNEL, payments[i].delivery_tag, 0, 1);
            unsettled++;
        }
    }
    fflush(stdout);
    if (unsettled)
        wait_ms(AGAIN_MS);
}

/* Runs until the connection is lost or a stop is requested. */
static void serve(amqp_connection_state_t connection, CURLM *calls, struct payment *payments,
                  const char *commands_url, unsigned percent_refused)
{
    while (!stopping) {
        int count = take_messages(connection, payments);
        if (count < 0)
            return;
        for (int i = 0; i < count; i++) {
            decide(&payments[i], percent_refused);
            post(&payments[i], calls, commands_url);
        }
        wait_for_answers(calls);
        settle(connection, calls, payments, count);
    }
}

/* Reconnects in a loop; reports a failure once. */
static void run(char *amqp_url, CURLM *calls, struct payment *payments, const char *commands_url,
                unsigned percent_refused)
{
    for (int tries = 0; !stopping; tries++) {
        amqp_connection_state_t connection = open_broker(amqp_url);
        if (!connection) {
            if (tries == 0)
                fprintf(stderr, "payment-provider: RabbitMQ cannot be reached; trying again\n");
            wait_ms(AGAIN_MS);
            continue;
        }
        tries = -1;
        printf("ready payment-provider, refusing %u %%\n", percent_refused);
        fflush(stdout);
        serve(connection, calls, payments, commands_url, percent_refused);
        amqp_destroy_connection(connection);
    }
}

/* False if the text is not a percentage. */
static int read_percent(const char *text, unsigned *ret_percent)
{
    char *end;
    unsigned long percent = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end || percent > 100)
        return 0;
    *ret_percent = (unsigned)percent;
    return 1;
}

int main(int argc, char **argv)
{
    static struct payment payments[AT_ONCE];
    unsigned percent_refused = 0;
    if (argc < 3 || argc > 4 || (argc == 4 && !read_percent(argv[3], &percent_refused))) {
        fprintf(stderr, "payment-provider AMQP_URL COMMANDS_URL [PERCENT_REFUSED]\n");
        return 2;
    }
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    CURLM *calls = curl_multi_init();
    for (int i = 0; i < AT_ONCE; i++)
        payments[i].curl = curl_easy_init();
    run(argv[1], calls, payments, argv[2], percent_refused);
    for (int i = 0; i < AT_ONCE; i++) {
        curl_easy_cleanup(payments[i].curl);
        curl_slist_free_all(payments[i].headers);
    }
    curl_multi_cleanup(calls);
    return 0;
}
