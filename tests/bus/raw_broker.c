#include "tests/bus/raw_broker.h"

#include "tests/support/claims.h"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>

struct raw_broker {
    amqp_connection_state_t connection;
    amqp_channel_t channel;
};

bool raw_broker_is_there(void)
{
    if (getenv("ANNAL_TEST_BROKER"))
        return true;
    puts("1..0 # SKIP no ANNAL_TEST_BROKER; test.sh starts one");
    return false;
}

struct bus_url raw_broker_url(const char *program)
{
    AUTO(text) struct text text = {0};
    struct bus_url url;
    text_printf(&text, "%s/t-%s", getenv("ANNAL_TEST_BROKER"), program);
    assert_ok(bus_url_read(text.at, &url, &error));
    return url;
}

static void check(struct raw_broker *raw, const char *doing)
{
    if (amqp_get_rpc_reply(raw->connection).reply_type != AMQP_RESPONSE_NORMAL)
        fail_msg("%s", doing);
}

static void open_channel(struct raw_broker *raw)
{
    amqp_channel_open(raw->connection, ++raw->channel);
    check(raw, "open a channel");
}

struct raw_broker *raw_broker_open(const struct bus_url *url)
{
    struct raw_broker *raw = calloc(1, sizeof *raw);
    REQUIRE(raw);
    raw->connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(raw->connection);
    assert_int_equal(amqp_socket_open(socket, url->host, url->port), AMQP_STATUS_OK);
    amqp_rpc_reply_t reply = amqp_login(raw->connection, url->vhost, 0, 131072, 0,
                                        AMQP_SASL_METHOD_PLAIN, url->user, url->password);
    assert_int_equal(reply.reply_type, AMQP_RESPONSE_NORMAL);
    open_channel(raw);
    return raw;
}

void raw_broker_close(struct raw_broker *raw)
{
    amqp_connection_close(raw->connection, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(raw->connection);
    free(raw);
}

void raw_broker_delete_queue(struct raw_broker *raw, const char *queue)
{
    amqp_queue_delete(raw->connection, raw->channel, amqp_cstring_bytes(queue), 0, 0);
    check(raw, "delete a queue");
}

void raw_broker_purge(struct raw_broker *raw, const char *queue)
{
    amqp_queue_purge(raw->connection, raw->channel, amqp_cstring_bytes(queue));
    check(raw, "purge a queue");
}

void raw_broker_declare_queue(struct raw_broker *raw, const char *queue, const char *exchange,
                              const char *key)
{
    amqp_queue_declare(raw->connection, raw->channel, amqp_cstring_bytes(queue), 0, 1, 0, 0,
                       amqp_empty_table);
    check(raw, "declare a queue");
    if (!exchange)
        return;
    amqp_exchange_declare(raw->connection, raw->channel, amqp_cstring_bytes(exchange),
                          amqp_cstring_bytes(key[0] ? "topic" : "fanout"), 0, 1, 0, 0,
                          amqp_empty_table);
    check(raw, "declare an exchange");
    amqp_queue_bind(raw->connection, raw->channel, amqp_cstring_bytes(queue),
                    amqp_cstring_bytes(exchange), amqp_cstring_bytes(key), amqp_empty_table);
    check(raw, "bind a queue");
}

static const amqp_queue_declare_ok_t *look(struct raw_broker *raw, const char *queue)
{
    const amqp_queue_declare_ok_t *found = amqp_queue_declare(
        raw->connection, raw->channel, amqp_cstring_bytes(queue), 1, 0, 0, 0, amqp_empty_table);
    if (!found) { /* that closed the channel */
        amqp_channel_close_ok_t ok = {0};
        amqp_send_method(raw->connection, raw->channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
        open_channel(raw);
    }
    return found;
}

int raw_broker_count(struct raw_broker *raw, const char *queue)
{
    const amqp_queue_declare_ok_t *found = look(raw, queue);
    return found ? (int)found->message_count : -1;
}

int raw_broker_consumers(struct raw_broker *raw, const char *queue)
{
    const amqp_queue_declare_ok_t *found = look(raw, queue);
    return found ? (int)found->consumer_count : -1;
}

static void add_bytes(struct text *out, const char *name, amqp_bytes_t bytes)
{
    text_printf(out, "%s=%.*s\n", name, (int)bytes.len, (const char *)bytes.bytes);
}

static void describe(const amqp_basic_properties_t *properties, struct text *out)
{
    if (properties->_flags & AMQP_BASIC_CONTENT_TYPE_FLAG)
        add_bytes(out, "content_type", properties->content_type);
    if (properties->_flags & AMQP_BASIC_DELIVERY_MODE_FLAG)
        text_printf(out, "delivery_mode=%d\n", properties->delivery_mode);
    if (properties->_flags & AMQP_BASIC_MESSAGE_ID_FLAG)
        add_bytes(out, "message_id", properties->message_id);
    if (properties->_flags & AMQP_BASIC_TYPE_FLAG)
        add_bytes(out, "type", properties->type);
    if (properties->_flags & AMQP_BASIC_TIMESTAMP_FLAG)
        text_printf(out, "timestamp=%llu\n", (unsigned long long)properties->timestamp);
    bool has_headers = properties->_flags & AMQP_BASIC_HEADERS_FLAG;
    for (int i = 0; has_headers && i < properties->headers.num_entries; i++) {
        const amqp_table_entry_t *entry = &properties->headers.entries[i];
        if (entry->value.kind == AMQP_FIELD_KIND_UTF8)
            text_printf(out, "%.*s=%.*s\n", (int)entry->key.len, (const char *)entry->key.bytes,
                        (int)entry->value.value.bytes.len,
                        (const char *)entry->value.value.bytes.bytes);
        else
            text_printf(out, "%.*s=(%c)%lld\n", (int)entry->key.len, (const char *)entry->key.bytes,
                        entry->value.kind, (long long)entry->value.value.i64);
    }
}

bool raw_broker_get(struct raw_broker *raw, const char *queue, struct text *body,
                    struct text *properties)
{
    amqp_maybe_release_buffers(raw->connection);
    amqp_rpc_reply_t reply =
        amqp_basic_get(raw->connection, raw->channel, amqp_cstring_bytes(queue), 1);
    assert_int_equal(reply.reply_type, AMQP_RESPONSE_NORMAL);
    if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD)
        return false;
    amqp_message_t message;
    reply = amqp_read_message(raw->connection, raw->channel, &message, 0);
    assert_int_equal(reply.reply_type, AMQP_RESPONSE_NORMAL);
    text_clear(body);
    text_clear(properties);
    text_add_bytes(body, message.body.bytes, message.body.len);
    describe(&message.properties, properties);
    amqp_destroy_message(&message);
    return true;
}
