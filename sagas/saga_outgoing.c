#include "sagas/saga_outgoing.h"

void saga_outgoing_begin(struct saga_outgoing *outgoing, size_t room)
{
    if (outgoing->items.last)
        dispatch_list_drop(&outgoing->items);
    *outgoing = (struct saga_outgoing){.room = room};
    dispatch_list_init(&outgoing->items);
}

bool saga_outgoing_has_room(struct saga_outgoing *outgoing)
{
    outgoing->waits |= outgoing->room == 0;
    return !outgoing->waits;
}

void saga_outgoing_add(struct saga_outgoing *outgoing, const struct outbox_row *row)
{
    REQUIRE(outgoing->room > 0);
    outgoing->room--;
    outgoing->last = row->number;
    dispatch_list_add(&outgoing->items, dispatch_item_create(row));
}

void saga_outgoing_withdraw(struct saga_outgoing *outgoing, int64_t number)
{
    dispatch_list_add(&outgoing->items, dispatch_item_withdrawal(number));
}
