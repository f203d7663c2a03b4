/* The thread that ends read transactions nobody uses any more: an old one would keep the model's
 * writer from checkpointing its WAL. It sleeps while there are none. */
#pragma once

#include "read_model/query/read_side_private.h"

void janitor_start(struct read_side *side);
void janitor_stop(struct read_side *side);

/* After a transaction was begun. */
void janitor_wake(struct read_side *side);
