/* The lines of an order: numbered 1, 2, 3 … as they are added, a number never used again. */
#pragma once

#include "base/error.h"

#include <jansson.h>
#include <stdint.h>

struct order_line {
    int64_t line;
    char *product_id;
    int64_t quantity, unit_price;
};

struct order_lines {
    struct order_line *at; /* by line, ascending */
    size_t count, capacity;
    int64_t last;  /* highest number ever given; 0 before the first */
    int64_t total; /* of quantity times unit price, within AMOUNT_MOST */
};

void order_lines_finish(struct order_lines *lines);

/* Adds {line, productId, quantity, unitPrice}. ERR_CORRUPT if the line's number was given before or
 * the bounds are broken. */
MUST_CHECK enum err order_lines_add(struct order_lines *lines, const json_t *item,
                                    struct error *error);

/* NULL if not found. */
const struct order_line *order_lines_find(const struct order_lines *lines, int64_t line);

/* `line` was returned by order_lines_find(). */
void order_lines_remove(struct order_lines *lines, const struct order_line *line);

/* {line, productId, quantity, unitPrice}, as in events. The caller owns it. */
json_t *order_line_to_json(const struct order_line *line);
/* All lines, as an array. */
json_t *order_lines_to_json(const struct order_lines *lines);

/* Approximate size on the heap, in bytes. */
size_t order_lines_size(const struct order_lines *lines);
