#include "sagas/dispatch_list.h"

void dispatch_list_init(struct dispatch_list *list)
{
    list->first = NULL;
    list->last = &list->first;
}

void dispatch_list_add(struct dispatch_list *list, struct dispatch_item *item)
{
    item->next = NULL;
    *list->last = item;
    list->last = &item->next;
}

struct dispatch_item *dispatch_list_take(struct dispatch_list *list)
{
    struct dispatch_item *item = list->first;
    if (item && !(list->first = item->next))
        list->last = &list->first;
    return item;
}

void dispatch_list_append(struct dispatch_list *list, struct dispatch_list *from)
{
    if (!from->first)
        return;
    *list->last = from->first;
    list->last = from->last;
    dispatch_list_init(from);
}

void dispatch_list_put_back(struct dispatch_list *list, struct dispatch_list *from)
{
    dispatch_list_append(from, list);
    dispatch_list_append(list, from);
}

void dispatch_list_withdraw(struct dispatch_list *list, int64_t number)
{
    for (struct dispatch_item *item = list->first; item; item = item->next)
        item->withdrawn |= item->number == number;
}

void dispatch_list_drop(struct dispatch_list *list)
{
    for (struct dispatch_item *item; (item = dispatch_list_take(list));)
        dispatch_item_destroy(item);
}
