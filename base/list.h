/* Doubly linked lists whose links are members of the items. A list is a struct with the members `first`
 * and `last`, an item one with the members `next` and `previous`:
 *
 *     struct job { …; struct job *next, *previous; };
 *     struct { struct job *first, *last; } jobs = {0};
 *     LIST_APPEND(&jobs, job);
 *     for (struct job *each = jobs.first; each; each = each->next) …
 *
 * A zeroed list is empty. The links are NULL at both ends, so a list may be copied and moved. An item is
 * in at most one list, which does not own it; the links of an item that is in no list mean nothing. A
 * loop that removes or frees items reads `next` first. Not locked.
 *
 * The macros are statements, and evaluate their arguments more than once.
 */
#pragma once

#include <stddef.h>

/* Inserts in front of `before`, an item of the list; NULL: at the end. */
#define LIST_INSERT(list, item, before)                                                            \
    do {                                                                                           \
        (item)->next = (before);                                                                   \
        (item)->previous = (item)->next ? (item)->next->previous : (list)->last;                   \
        *((item)->previous ? &(item)->previous->next : &(list)->first) = (item);                   \
        *((item)->next ? &(item)->next->previous : &(list)->last) = (item);                        \
    } while (0)

#define LIST_APPEND(list, item)  LIST_INSERT(list, item, NULL)
#define LIST_PREPEND(list, item) LIST_INSERT(list, item, (list)->first)

#define LIST_REMOVE(list, item)                                                                    \
    do {                                                                                           \
        *((item)->previous ? &(item)->previous->next : &(list)->first) = (item)->next;             \
        *((item)->next ? &(item)->next->previous : &(list)->last) = (item)->previous;              \
    } while (0)

/* Moves all items of `from` to the end of `list`, in their order; `from` is then empty. */
#define LIST_APPEND_ALL(list, from)                                                                \
    do {                                                                                           \
        if ((from)->first) {                                                                       \
            (from)->first->previous = (list)->last;                                                \
            *((list)->last ? &(list)->last->next : &(list)->first) = (from)->first;                \
            (list)->last = (from)->last;                                                           \
            (from)->first = (from)->last = NULL;                                                   \
        }                                                                                          \
    } while (0)
