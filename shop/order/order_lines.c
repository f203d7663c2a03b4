/* An array in line order with at most ORDER_LINES_MOST lines, so a linear search is short. The
 * total is kept up to date, not computed. */
#include "shop/order/order_lines.h"

#include "shop/domain_limits.h"
#include "write_model/event_data.h"

#include <stdlib.h>
#include <string.h>

void order_lines_finish(struct order_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->at[i].product_id);
    free(lines->at);
    *lines = (struct order_lines){0};
}

static enum err read_line(const json_t *item, int64_t last, struct order_line *ret_line,
                          const char **ret_product, struct error *error)
{
    enum err err = event_data_int(item, "line", last + 1, INT64_MAX - 1, &ret_line->line, error);
    if (!err)
        err = event_data_text(item, "productId", ret_product, error);
    if (!err)
        err = event_data_int(item, "quantity", 1, QUANTITY_MOST, &ret_line->quantity, error);
    if (!err)
        err = event_data_int(item, "unitPrice", 0, AMOUNT_MOST, &ret_line->unit_price, error);
    return err;
}

static void make_room(struct order_lines *lines)
{
    if (lines->count < lines->capacity)
        return;
    lines->capacity = lines->capacity ? lines->capacity * 2 : 4;
    lines->at = reallocarray(lines->at, lines->capacity, sizeof *lines->at);
    REQUIRE(lines->at);
}

enum err order_lines_add(struct order_lines *lines, const json_t *item, struct error *error)
{
    struct order_line line = {0};
    const char *product;
    enum err err = read_line(item, lines->last, &line, &product, error);
    if (err)
        return err;
    int64_t total = lines->total + line.quantity * line.unit_price;
    if (total > AMOUNT_MOST || lines->count == ORDER_LINES_MOST)
        return error_set(error, ERR_CORRUPT, "line %lld breaks the bounds of an order",
                         (long long)line.line);
    line.product_id = strdup(product);
    REQUIRE(line.product_id);
    make_room(lines);
    lines->at[lines->count++] = line;
    lines->last = line.line;
    lines->total = total;
    return OK;
}

const struct order_line *order_lines_find(const struct order_lines *lines, int64_t line)
{
    for (size_t i = 0; i < lines->count; i++)
        if (lines->at[i].line == line)
            return &lines->at[i];
    return NULL;
}

void order_lines_remove(struct order_lines *lines, const struct order_line *line)
{
    size_t at = (size_t)(line - lines->at);
    REQUIRE(at < lines->count);
    lines->total -= line->quantity * line->unit_price;
    free(line->product_id);
    lines->count--;
    memmove(lines->at + at, lines->at + at + 1, (lines->count - at) * sizeof *lines->at);
}

json_t *order_line_to_json(const struct order_line *line)
{
    return json_pack("{s:I, s:s, s:I, s:I}", "line", (json_int_t)line->line, "productId",
                     line->product_id, "quantity", (json_int_t)line->quantity, "unitPrice",
                     (json_int_t)line->unit_price);
}

json_t *order_lines_to_json(const struct order_lines *lines)
{
    json_t *items = json_array();
    for (size_t i = 0; i < lines->count; i++) {
        int failed = json_array_append_new(items, order_line_to_json(&lines->at[i]));
        REQUIRE(!failed);
    }
    return items;
}

size_t order_lines_size(const struct order_lines *lines)
{
    size_t bytes = lines->capacity * sizeof *lines->at;
    for (size_t i = 0; i < lines->count; i++)
        bytes += strlen(lines->at[i].product_id) + 1;
    return bytes;
}
