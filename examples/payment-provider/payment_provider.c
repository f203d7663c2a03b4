/* A payment provider, as another service would be written: it knows of annal only what RabbitMQ and
 * HTTP tell. It sees payment.requested.v1 on the exchange annal.events and answers each with the
 * command `payment complete` or `payment fail`.
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

static size_t ignore(char *bytes, size_t size, size_t count, void *context)
{
    (void)bytes, (void)context;
    return size * count;
}

/* The HTTP status; 0 if there was no answer. */
static long post(CURL *curl, const char *url, const char *key, const char *body)
{
    char header[512];
    long status = 0;
    snprintf(header, sizeof header, "Idempotency-Key: \"psp-%s\"", key);
    struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
    headers = curl_slist_append(headers, header);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    if (curl_easy_perform(curl) == CURLE_OK)
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_slist_free_all(headers);
    return status;
}

/* FNV-1a: 0 to 99, always the same for an order. */
static unsigned dice(const char *order)
{
    unsigned hash = 2166136261U;
    for (; *order; order++)
        hash = (hash ^ (unsigned char)*order) * 16777619U;
    return hash / 7 % 100;
}

/* True if the answer has been taken; 409 is annal's last word too: the payment is settled. */
static int answer(CURL *curl, const char *commands_url, const char *order, const char *event_id,
                  unsigned percent_refused)
{
    char url[1024], body[512];
    int refused = dice(order) < percent_refused;
    snprintf(url, sizeof url, "%s/commands/payment/%s/%s", commands_url, order,
             refused ? "fail" : "complete");
    if (refused)
        snprintf(body, sizeof body, "{\"reason\":\"no cover\"}");
    else
        snprintf(body, sizeof body, "{\"reference\":\"PSP-%s\",\"method\":\"card\"}", order);
    long status = post(curl, url, event_id, body);
    printf("%s %s: %ld\n", order, refused ? "refused" : "paid", status);
    fflush(stdout);
    return (status >= 200 && status < 300) || status == 409;
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
    amqp_basic_qos(connection, CHANNEL, 0, 16, 0);
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

/* The order: what is behind the slash of the CloudEvents attribute partitionkey, "payment/ORD-1".
 */
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

static void handle(amqp_connection_state_t connection, CURL *curl, const amqp_envelope_t *envelope,
                   const char *commands_url, unsigned percent_refused)
{
    const amqp_basic_properties_t *properties = &envelope->message.properties;
    char order[129], id[256];
    snprintf(id, sizeof id, "%.*s", (int)properties->message_id.len,
             (const char *)properties->message_id.bytes);
    if (!read_order(properties, order, sizeof order)) {
        fprintf(stderr, "payment-provider: a message without a partitionkey is dropped\n");
        amqp_basic_ack(connection, CHANNEL, envelope->delivery_tag, 0);
    } else if (answer(curl, commands_url, order, id, percent_refused)) {
        amqp_basic_ack(connection, CHANNEL, envelope->delivery_tag, 0);
    } else {
        wait_ms(AGAIN_MS);
        amqp_basic_nack(connection, CHANNEL, envelope->delivery_tag, 0, 1);
    }
}

/* Until the connection is lost or somebody wants it to stop. */
static void serve(amqp_connection_state_t connection, CURL *curl, const char *commands_url,
                  unsigned percent_refused)
{
    while (!stopping) {
        struct timeval patience = {.tv_usec = 200000};
        amqp_envelope_t envelope;
        amqp_maybe_release_buffers(connection);
        amqp_rpc_reply_t reply = amqp_consume_message(connection, &envelope, &patience, 0);
        if (reply.reply_type == AMQP_RESPONSE_NORMAL) {
            handle(connection, curl, &envelope, commands_url, percent_refused);
            amqp_destroy_envelope(&envelope);
        } else if (reply.reply_type != AMQP_RESPONSE_LIBRARY_EXCEPTION ||
                   reply.library_error != AMQP_STATUS_TIMEOUT) {
            (void)is_well(reply, "wait for a message");
            return;
        }
    }
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "payment-provider AMQP_URL COMMANDS_URL [PERCENT_REFUSED]\n");
        return 2;
    }
    unsigned percent_refused = argc > 3 ? (unsigned)atoi(argv[3]) : 0;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    CURL *curl = curl_easy_init();
    while (curl && !stopping) {
        amqp_connection_state_t connection = open_broker(argv[1]);
        if (connection) {
            printf("ready payment-provider, refusing %u %%\n", percent_refused);
            fflush(stdout);
            serve(connection, curl, argv[2], percent_refused);
            amqp_destroy_connection(connection);
        } else {
            wait_ms(AGAIN_MS);
        }
    }
    curl_easy_cleanup(curl);
    return 0;
}
