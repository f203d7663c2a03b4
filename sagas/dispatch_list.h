/* Things on their way, in order. A list owns what it holds. */
#pragma once

#include "sagas/dispatch_item.h"

struct dispatch_list {
    struct dispatch_item *first, **last;
};

void dispatch_list_init(struct dispatch_list *list);
void dispatch_list_add(struct dispatch_list *list, struct dispatch_item *take_item);
/* The first, or NULL; it is the caller's. */
struct dispatch_item *dispatch_list_take(struct dispatch_list *list);
/* Puts all of `from` in front of `list`. */
void dispatch_list_put_back(struct dispatch_list *list, struct dispatch_list *from);
/* Adds all of `from` at the end. */
void dispatch_list_append(struct dispatch_list *list, struct dispatch_list *from);
/* Marks the item of that number as withdrawn, if it is there. */
void dispatch_list_withdraw(struct dispatch_list *list, int64_t number);
void dispatch_list_drop(struct dispatch_list *list);
