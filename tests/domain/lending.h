/* The domain of the engine's tests: a library that lends books. It has one of each thing a domain
 * may have, and nothing that only a customer would want; how a real domain looks is in shop/ and
 * examples/. A test that needs a thing of its own (a schema, a model, a saga) writes it beside its
 * claims and adds it to this.
 *
 * loan     open → requested → approved → lent → returned, or cancelled (loan.c)
 *          open         with `books` and `request`: up to 502 events of three types
 *          add-book     a name with a hyphen
 *          request      refused without a book
 *          approve      asked again, it changes nothing
 *          lend, return refused out of turn
 *          cancel       asked again, it changes nothing
 * shelf    copies of a book, and what is held of them for loans (shelf.c)
 *          stock        always adds an event
 *          hold         refused if fewer copies are free; the same again changes nothing
 *          release      without anything to free, it changes nothing
 *
 * loan_handling   the saga: holds the copies, waits for the approval up to --approval-timeout,
 *          lends, takes back; frees the copies and cancels the loan if that fails (loan_handling.c)
 *
 * schemas/ of the commands and events, with objects in objects, arrays, patterns, formats, bounds
 * models/  loans        a row per loan, changed by later events; an index; a query
 *          loan_books   a child table filled from an array; a query with parameters
 *          branch_loans rows that come and go; a time; a query without parameters
 *          shelves      upserts, a NULL, a generated column, a query with parameters
 */
#pragma once

#include "cli/domain.h"

extern const struct domain lending;
