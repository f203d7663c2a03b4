/* What a transaction sends, kept until it is committed and then given to the dispatcher; what finds
 * no room there waits in the outbox. So that order is kept, nothing goes once something waits.
 */
#pragma once

#include "sagas/dispatch_list.h"

struct saga_outgoing {
    size_t room;  /* for so many more */
    bool waits;   /* something stayed in the outbox */
    int64_t last; /* number of the last one that goes; 0: none does */
    struct dispatch_list items;
};

/* For a new transaction; what the one before had is forgotten. */
void saga_outgoing_begin(struct saga_outgoing *outgoing, size_t room);
/* True if the next thing goes; else it waits. */
bool saga_outgoing_has_room(struct saga_outgoing *outgoing);
/* Copies the row, which is in the outbox as sent. */
void saga_outgoing_add(struct saga_outgoing *outgoing, const struct outbox_row *row);
/* What went before, and is not answered, is not to be sent again. */
void saga_outgoing_withdraw(struct saga_outgoing *outgoing, int64_t number);
