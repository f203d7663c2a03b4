/* The saga process is killed again and again, at each point between receiving, committing and
 * sending, while orders are placed, refused, paid, paid early, late or directly, cancelled and
 * shipped at random. At the end all accounts balance, computed from the log alone and not from
 * sagas.db.
 *
 * ANNAL_TEST_ORDERS, ANNAL_TEST_KILLS and ANNAL_TEST_SEED set the number of orders and kills, and the
 * random sequence.
 */
#include "shop/shop.h"
#include "tests/sagas/saga_process.h"
#include "tests/support/annal_process.h"
#include "tests/support/http_client.h"
#include "tests/support/own_log.h"

#include "base/clock.h"
#include "base/json.h"
#include "sagas/saga_report.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PRODUCTS          6 /* the last is never received: an order of it is refused */
#define LINES_MOST        3
#define STOCK             1000000
#define PAYMENT_TIMEOUT_S 3
#define PRICE             100

/* The state of an order according to the log. */
struct tale {
    bool cancelled, shipped, direct;
    int completed, refunded;
    int reserved[PRODUCTS], left[PRODUCTS], released[PRODUCTS]; /* events */
    int64_t ordered[PRODUCTS], held[PRODUCTS], gone[PRODUCTS];  /* pieces */
    int64_t total, paid;                                        /* paid: less what was refunded */
};

static const char *data;
static struct annal_process commands;
static char address[64];
static struct http_client *client;
static int order_count, kill_count, placed;
static struct tale *tales;
static int64_t seen_position;
static unsigned short dice[3];

static int number_of(const char *variable, int fallback)
{
    const char *value = getenv(variable);
    return value ? atoi(value) : fallback;
}

/* ---- clients, warehouse, payment provider ---- */

static int throw(int sides)
{
    return (int)(nrand48(dice) % sides);
}

/* True if accepted; a refusal is normal here. */
static bool send(const char *category, const char *id, const char *command, const char *body)
{
    AUTO(text) struct text path = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    text_printf(&path, "/commands/%s/%s/%s", category, id, command);
    http_client_call(client,
                     &(struct http_call){.method = "POST",
                                         .path = path.at,
                                         .headers = {"Content-Type: application/json"},
                                         .body = body},
                     &reply);
    if (reply.status >= 400 && reply.status != 409)
        fail_msg("%s: %ld %s", path.at, reply.status, reply.body.at);
    return reply.status < 300;
}

static int write_order(struct text *body, bool place)
{
    int lines = 1 + throw(LINES_MOST), first = throw(PRODUCTS - 1), pieces = 0;
    bool refused = throw(5) == 0;
    text_printf(body, "{\"customerId\":\"C-1\",\"currency\":\"EUR\",\"place\":%s,\"items\":[",
                place ? "true" : "false");
    for (int i = 0; i < lines; i++) {
        int quantity = 1 + throw(3);
        text_printf(body, "%s{\"productId\":\"P-%d\",\"quantity\":%d,\"unitPrice\":%d}",
                    i ? "," : "",
                    refused && i == lines - 1 ? PRODUCTS - 1 : (first + i) % (PRODUCTS - 1),
                    quantity, PRICE);
        pieces += quantity;
    }
    text_add(body, "]}");
    return pieces * PRICE;
}

static void pay_directly(const char *id)
{
    AUTO(text) struct text path = {0};
    AUTO(text) struct text body = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    text_printf(&path, "/streams/order/%s/state", id);
    http_client_call(client, &(struct http_call){.path = path.at}, &reply);
    AUTO(json) json_t *state = http_reply_json(&reply);
    text_printf(&body, "{\"amount\":%lld,\"currency\":\"EUR\"}",
                (long long)json_int_or(json_object_get(state, "state"), "total", 0));
    send("order", id, "record-payment", body.at);
}

static void cancel(const char *id)
{
    send("order", id, "cancel", "{\"reason\":\"changed my mind\"}");
}

static void complete(const char *id)
{
    send("payment", id, "complete", "{\"reference\":\"R-1\"}");
}

/* A payment of the right or another amount is requested before the order is placed, and usually
 * completed; then the customer may act before the saga does. */
static void place_with_early_payment(const char *id, int total)
{
    AUTO(text) struct text body = {0};
    int fate = throw(6);
    text_printf(&body, "{\"amount\":%d,\"currency\":\"EUR\",\"customerId\":\"C-1\"}",
                throw(4) ? total : total + 1);
    assert_true(send("payment", id, "request", body.at));
    if (throw(4))
        complete(id);
    assert_true(send("order", id, "place", "{}"));
    if (fate == 0)
        pay_directly(id);
    else if (fate < 3)
        cancel(id);
}

static void place(int n)
{
    AUTO(text) struct text body = {0};
    char id[16];
    bool early = throw(6) == 0;
    snprintf(id, sizeof id, "O-%d", n);
    int total = write_order(&body, !early);
    assert_true(send("order", id, "create", body.at));
    if (early)
        place_with_early_payment(id, total);
}

/* The payment provider; some payments come after the time-out (see settle_what_is_left). */
static void on_requested(const char *id)
{
    int fate = throw(20);
    if (fate < 12)
        complete(id);
    else if (fate < 16)
        send("payment", id, "fail", "{\"reason\":\"no cover\"}");
}

static void on_placed(const char *id)
{
    int fate = throw(20);
    if (fate == 0)
        cancel(id);
    else if (fate == 1)
        pay_directly(id);
}

/* The warehouse, and sometimes a customer who cancels first. */
static void on_confirmed(const char *id)
{
    if (throw(8) == 0)
        cancel(id);
    send("order", id, "ship", "{\"carrier\":\"Post\"}");
}

/* ---- the log ---- */

static void note_stock(int *count, struct tale *tale, int product, int64_t by)
{
    count[product]++;
    tale->held[product] += by;
}

static void note_payment(int *count, struct tale *tale, int64_t by)
{
    ++*count;
    tale->paid += by;
}

static void note_placed(struct tale *tale, const json_t *body)
{
    size_t i;
    json_t *line;
    tale->total = json_int_or(body, "total", 0);
    json_array_foreach (json_object_get(body, "items"), i, line)
        tale->ordered[atoi(json_string_or(line, "productId", "P-0") + 2)] +=
            json_int_or(line, "quantity", 0);
}

static void note(struct tale *tale, const char *id, const char *type, const json_t *event)
{
    const json_t *body = json_object_get(event, "data");
    int64_t quantity = json_int_or(body, "quantity", 0), amount = json_int_or(body, "amount", 0);
    int product = id[0] == 'P' ? atoi(id + 2) : 0;
    if (strcmp(type, "order.placed.v1") == 0)
        note_placed(tale, body);
    else if (strcmp(type, "order.cancelled.v1") == 0)
        tale->cancelled = true;
    else if (strcmp(type, "order.shipped.v1") == 0)
        tale->shipped = true;
    else if (strcmp(type, "order.payment.received.v1") == 0)
        tale->direct = strncmp(json_string_or(event, "causationid", ""), "order_ful", 9) != 0;
    else if (strcmp(type, "payment.completed.v1") == 0)
        note_payment(&tale->completed, tale, amount);
    else if (strcmp(type, "payment.refunded.v1") == 0)
        note_payment(&tale->refunded, tale, -amount);
    else if (strcmp(type, "inventory.reserved.v1") == 0)
        note_stock(tale->reserved, tale, product, quantity);
    else if (strcmp(type, "inventory.released.v1") == 0)
        note_stock(tale->released, tale, product, -quantity);
    else if (strcmp(type, "inventory.shipped.v1") == 0)
        note_stock(tale->left, tale, product, -quantity), tale->gone[product] += quantity;
}

static void react(const char *id, const char *type)
{
    if (strcmp(type, "order.placed.v1") == 0)
        on_placed(id);
    else if (strcmp(type, "payment.requested.v1") == 0)
        on_requested(id);
    else if (strcmp(type, "order.confirmed.v1") == 0)
        on_confirmed(id);
}

static void see(const json_t *event)
{
    const char *stream = json_string_or(event, "partitionkey", "");
    const char *type = json_string_or(event, "type", "");
    const char *id = strchr(stream, '/') + 1;
    const char *order = json_string_or(json_object_get(event, "data"), "orderId", id);
    seen_position = strtoll(json_string_or(event, "sequence", "0"), NULL, 10);
    if (strncmp(order, "O-", 2) != 0)
        return;
    note(&tales[atoi(order + 2)], id, type, event);
    react(id, type);
}

/* Reads the next events; clients, warehouse and provider react to them. False at the end of the log. */
static bool read_on(void)
{
    AUTO(text) struct text path = {0};
    AUTO(http_reply) struct http_reply reply = {0};
    int64_t before = seen_position;
    text_printf(&path, "/events?after=%lld&limit=1000", (long long)seen_position);
    http_client_call(client, &(struct http_call){.path = path.at}, &reply);
    assert_int_equal(reply.status, 200);
    char *rest = NULL;
    for (char *line = reply.body.at ? strtok_r(reply.body.at, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        AUTO(json) json_t *event = NULL;
        assert_ok(json_read(slice_of(line), &event, &error));
        see(event);
    }
    return seen_position > before;
}

/* ---- the saga process ---- */

static struct {
    enum saga_point point;
    _Atomic int left; /* dies when it reaches the point for this time; below 0: never */
} death;

static void maybe_die(void *context, enum saga_point point)
{
    (void)context;
    if (death.point == point && atomic_load(&death.left) > 0 &&
        atomic_fetch_sub(&death.left, 1) == 1)
        kill(getpid(), SIGKILL);
}

static json_t *settings; /* of the last runner */

static pid_t start_saga(enum saga_point point, int left)
{
    static struct saga_runner_options options;
    static struct bus_url bus = {.is_log = true};
    static char url[80];
    json_decref(settings);
    settings = json_pack("{s:i}", "payment-timeout", PAYMENT_TIMEOUT_S);
    snprintf(url, sizeof url, "http://%s", address);
    options = (struct saga_runner_options){.data_directory = data,
                                           .log_url = own_log_url(data),
                                           .bus = &bus,
                                           .commands_url = url,
                                           .kinds = shop.sagas,
                                           .settings = settings,
                                           .from = 0,
                                           .from_given = true,
                                           .key_lifetime_us = 3600LL * 1000000,
                                           .at = maybe_die};
    death.point = point;
    atomic_store(&death.left, left);
    return saga_process_start(&options);
}

/* ---- the run ---- */

static json_t *read_status(void)
{
    json_t *status = NULL;
    struct error error = {0};
    return saga_report_status(data, &status, &error) == OK ? status : NULL;
}

static int64_t phase_count(const char *phase)
{
    AUTO(json) json_t *status = read_status();
    return json_int_or(json_object_get(status, "phases"), phase, 0);
}

static bool is_dead(pid_t pid)
{
    int status;
    return waitpid(pid, &status, WNOHANG) == pid;
}

#define QUIET_MS 3000

/* Reads on until the saga process has died. How often it reaches a point depends on how much it does at
 * once: if it is idle before, it is killed then. */
static void run_until_dead(pid_t pid)
{
    int64_t deadline = test_now_ms() + 60000, quiet_since = test_now_ms();
    while (!is_dead(pid)) {
        if (read_on())
            quiet_since = test_now_ms();
        else
            test_pause_ms(2);
        if (test_now_ms() - quiet_since > QUIET_MS) {
            saga_process_kill(pid);
            return;
        }
        if (test_now_ms() > deadline)
            fail_msg("the saga process has not reached the point where it dies");
    }
}

/* It has read every event that this test has read, and every saga has ended or is stuck. */
static bool is_at_rest(void)
{
    AUTO(json) json_t *status = read_status();
    const json_t *phases = json_object_get(status, "phases");
    return json_int_or(status, "position", 0) >= seen_position &&
           json_int_or(phases, "ended", 0) + json_int_or(phases, "stuck", 0) == order_count;
}

/* Until all sagas have ended or are stuck, and no event follows. */
static void run_until_settled(int seconds)
{
    int64_t deadline = test_now_ms() + seconds * 1000;
    while (read_on() || !is_at_rest()) {
        test_pause_ms(5);
        if (test_now_ms() > deadline)
            fail_msg("%lld of %d sagas have ended, %lld are stuck; %lld run, %lld wait, %lld undo",
                     (long long)phase_count("ended"), order_count, (long long)phase_count("stuck"),
                     (long long)phase_count("running"), (long long)phase_count("waiting"),
                     (long long)phase_count("compensating"));
    }
}

/* Payments that the provider left open are completed late. */
static void let_late_payments_come(void)
{
    for (int n = 0; n < order_count; n++) {
        char id[16];
        snprintf(id, sizeof id, "O-%d", n);
        if (!tales[n].shipped && throw(2) == 0)
            complete(id);
    }
    run_until_settled(60 + order_count / 20);
}

/* ---- the accounts ---- */

static void check_product(int n, int p)
{
    const struct tale *tale = &tales[n];
    int64_t owed = tale->shipped ? tale->ordered[p] : 0;
    if (tale->held[p] != 0 || tale->gone[p] != owed)
        fail_msg("O-%d holds %lld of P-%d, and %lld of %lld left", n, (long long)tale->held[p], p,
                 (long long)tale->gone[p], (long long)owed);
    if (tale->reserved[p] != tale->released[p] + tale->left[p] || tale->reserved[p] > 1)
        fail_msg("O-%d: P-%d was reserved %d, released %d, shipped %d times", n, p,
                 tale->reserved[p], tale->released[p], tale->left[p]);
}

static void check_order(int n)
{
    const struct tale *tale = &tales[n];
    int64_t owed = tale->shipped && !tale->direct ? tale->total : 0;
    if (tale->cancelled == tale->shipped)
        fail_msg("O-%d: cancelled %d, shipped %d", n, tale->cancelled, tale->shipped);
    for (int p = 0; p < PRODUCTS; p++)
        check_product(n, p);
    if (tale->completed > 1 || tale->refunded > 1 || tale->paid != owed)
        fail_msg("O-%d: paid %d times, refunded %d, %lld remain of %lld; directly %d, shipped %d",
                 n, tale->completed, tale->refunded, (long long)tale->paid, (long long)owed,
                 tale->direct, tale->shipped);
}

/* Stuck sagas are listed, with a reason that an operator can resolve. */
static int64_t check_stuck(void)
{
    AUTO(json) json_t *list = NULL;
    assert_ok(saga_report_list(data, "stuck", false, 1000000, &list, &error));
    size_t i;
    json_t *saga;
    json_array_foreach (list, i, saga) {
        if (!strstr(json_string_or(saga, "reason", ""), "refund by hand"))
            fail_msg("%s: %s", json_string_or(saga, "id", ""), json_string_or(saga, "reason", ""));
    }
    return (int64_t)json_array_size(list);
}

/* The stock that was received has left with an order, or is free. */
static void check_stock(void)
{
    for (int p = 0; p < PRODUCTS - 1; p++) {
        AUTO(text) struct text path = {0};
        AUTO(http_reply) struct http_reply reply = {0};
        int64_t gone = 0;
        for (int n = 0; n < order_count; n++)
            gone += tales[n].gone[p];
        text_printf(&path, "/streams/inventory/P-%d/state", p);
        http_client_call(client, &(struct http_call){.path = path.at}, &reply);
        assert_int_equal(reply.status, 200);
        AUTO(json) json_t *state = http_reply_json(&reply);
        const json_t *stock = json_object_get(state, "state");
        assert_int_equal(json_object_size(json_object_get(stock, "reservations")), 0);
        assert_int_equal(json_int_or(stock, "onHand", -1), STOCK - gone);
    }
}

static void receive_stock(void)
{
    AUTO(text) struct text body = {0};
    text_printf(&body, "{\"quantity\":%d}", STOCK);
    for (int p = 0; p < PRODUCTS - 1; p++) {
        char id[8];
        snprintf(id, sizeof id, "P-%d", p);
        assert_true(send("inventory", id, "receive", body.at));
    }
}

/* Places orders up to that number while a saga process runs and dies. */
static void place_until_dead(int i, int upto)
{
    pid_t pid = start_saga((enum saga_point)(i % 3), 1 + throw(5 * order_count / kill_count));
    for (; placed < upto; placed++) {
        place(placed);
        read_on();
    }
    if (placed < order_count)
        run_until_dead(pid);
    else
        saga_process_kill(pid);
}

static void run_and_kill(int orders, int kills)
{
    order_count = number_of("ANNAL_TEST_ORDERS", orders);
    kill_count = number_of("ANNAL_TEST_KILLS", kills);
    tales = calloc((size_t)order_count, sizeof *tales);
    assert_non_null(tales);
    receive_stock();
    for (int i = 0; i < kill_count; i++)
        place_until_dead(i, (int)((int64_t)order_count * (i + 1) / kill_count));
    pid_t last = start_saga(SAGA_POINT_RECEIVED, -1);
    run_until_settled(60 + order_count / 20);
    let_late_payments_come();
    assert_int_equal(saga_process_stop(last), 0);
    while (read_on()) {
    }
    for (int n = 0; n < order_count; n++)
        check_order(n);
    check_stock();
    print_message("# %d orders, %d kills: %lld ended, %lld stuck\n", order_count, kill_count,
                  (long long)phase_count("ended"), (long long)check_stuck());
}

static void no_step_is_lost_or_doubled_whenever_the_process_dies(void **state)
{
    (void)state;
    run_and_kill(300, 15);
}

static void the_accounts_of_ten_thousand_orders_and_five_kills_balance(void **state)
{
    (void)state;
    run_and_kill(10000, 5);
}

static int begin(void **state)
{
    (void)state;
    int seed = number_of("ANNAL_TEST_SEED", (int)(clock_now_us() % 100000));
    print_message("# ANNAL_TEST_SEED=%d\n", seed);
    dice[0] = (unsigned short)seed;
    dice[1] = (unsigned short)(seed >> 8);
    placed = 0;
    seen_position = 0;
    data = test_directory_make();
    annal_start(&commands, data,
                (const char *[]){"commands", "--commands-listen", "127.0.0.1:0", NULL});
    snprintf(address, sizeof address, "%s", annal_address(&commands, NULL));
    client = http_client_open(address);
    return 0;
}

static int end(void **state)
{
    (void)state;
    http_client_close(client);
    annal_stop(&commands, 30);
    test_directory_remove(data);
    free(tales);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_step_is_lost_or_doubled_whenever_the_process_dies, begin,
                                        end),
        cmocka_unit_test_setup_teardown(the_accounts_of_ten_thousand_orders_and_five_kills_balance,
                                        begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
