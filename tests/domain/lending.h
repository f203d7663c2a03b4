/* The domain of the engine's tests: a library that lends books. It uses each feature that a domain
 * can use, and nothing else; shop/ and examples/ show real domains. A test that needs another schema,
 * model or saga defines it next to its claims and adds it to this domain.
 *
 * loan     open → requested → approved → lent → returned, or cancelled (loan.c)
 *          open         with `books` and `request`: up to 502 events of three types
 *          add-book     a name with a hyphen
 *          request      refused without a book
 *          approve      repeated, it changes nothing
 *          lend, return refused out of turn
 *          cancel       repeated, it changes nothing
 * shelf    copies of a book, and how many of them are held for each loan (shelf.c)
 *          stock        always adds an event
 *          hold         refused if fewer copies are free; repeated, it changes nothing
 *          release      if none are held, it changes nothing
 *
 * loan_handling   the saga: holds the copies, waits for the approval up to --approval-timeout, then
 *          asks for the state of the loan; lends; releases the copies after the return; is stuck if
 *          the books are damaged; releases the copies and cancels the loan if a step fails
 *          (loan_handling.c)
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
