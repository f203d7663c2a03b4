/* Clients that keep sending commands while processes are killed, and record the answers. Each thread
 * opens loans of the tests' domain and takes them through their steps; a command has its own
 * Idempotency-Key and is repeated with it until it is answered.
 */
#pragma once

#include "tests/support/http_client.h"

struct load;

/* `threads` clients against the command endpoint at `address`. `pause_ms`: between two commands. */
struct load *load_start(const char *address, int threads, int pause_ms);

/* Commands answered with 2xx so far. */
int64_t load_answered(const struct load *load);

/* Ends the clients, each after the answer to its last command. */
void load_stop(struct load *load);

/* Every loan's stream has exactly the events that were answered for it: none lost, none twice.
 * Reads them from the endpoint at `address`. Also: positions in the log have no gap. */
void load_check(const struct load *load, const char *address, const char *data);

void load_destroy(struct load *load);
AUTO_CLOSE(load, struct load, load_destroy)
