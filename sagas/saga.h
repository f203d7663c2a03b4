/* A saga is a table of steps and pure functions over its facts, a JSON object.
 *
 *   evolve(facts, input) → facts     an event, an answer, a time-out, a resumption
 *   decide(facts) → decision         one command, one question, waiting, or the end
 *
 * Both are pure: no I/O, no clock, no randomness, and a repeated input changes nothing. A saga has at
 * most one message without an answer; it decides again when the answer has arrived. So the result
 * depends on the facts alone, not on the order or the repeats of events. A domain lists its sagas in a table.
 */
#pragma once

#include "base/json.h"

#include <stdint.h>

/* The state that operators see; entering each but `running` appends an event to the stream saga/<id>. */
enum saga_phase {
    SAGA_RUNNING,
    SAGA_WAITING,
    SAGA_COMPENSATING,
    SAGA_STUCK,
    SAGA_ENDED,
    SAGA_PHASES,
};

/* A saga begins with the first step of its table; `next` are the steps to which it may move from this
 * one. */
#define SAGA_NEXT_MOST 16

struct saga_step {
    const char *name;
    enum saga_phase phase;
    const char *next[SAGA_NEXT_MOST]; /* closed by NULL, or full */
};

enum saga_input_kind {
    SAGA_EVENT,   /* an event that concerns it */
    SAGA_ANSWER,  /* to its command or question */
    SAGA_TIMEOUT, /* the time limit of the last decision has passed */
    /* Its command cannot be sent, is not answered, or is rejected for its form; or its own event is
     * rejected (category "saga", the event's type as the command). `reason` says why. Blocks every
     * saga. */
    SAGA_GIVEN_UP,
    SAGA_RESUMED, /* an operator has resolved the reason why it was stuck */
};

/* Borrowed. An answer repeats the message: category, id, command ("" for a question). */
struct saga_input {
    enum saga_input_kind kind;
    const char *category, *id, *command;
    const char *type; /* of an event */
    /* Of an event; a question's answer: the state of the aggregate, NULL if the stream does not exist. */
    const json_t *data;
    /* The position as of which it is true: the event's, or that of the answer to an accepted command.
     * A fact as of a later position replaces it. 0: unknown. */
    int64_t position;
    bool own;         /* an event that a command of this saga caused */
    bool accepted;    /* an answer; else the domain refused, for `reason` */
    bool nothing_new; /* accepted, without an event: it was so already */
    const char *reason;
};

enum saga_action {
    SAGA_REST,  /* nothing: wait, or the end, as the step's phase says */
    SAGA_SEND,  /* a command */
    SAGA_ASK,   /* a question: the state of category/target */
    SAGA_BLOCK, /* stuck: an operator must look */
};

#define SAGA_ID_BYTES     129
#define SAGA_REASON_BYTES 501

/* Copies a reason, cut between two characters to the length that a saga's event allows. */
void saga_reason_copy(const char *reason, char out[SAGA_REASON_BYTES]);

struct saga_decision {
    enum saga_action action;
    const char *step;
    const char *category, *command;
    char target[SAGA_ID_BYTES];
    json_t *body;       /* owned */
    int64_t timeout_ms; /* of a rest; 0: none */
    char reason[SAGA_REASON_BYTES];
};

void saga_decision_finish(struct saga_decision *decision);
AUTO_FINISH(saga_decision, struct saga_decision, saga_decision_finish)

/* The decisions of decide(). Reasons are cut to fit an event. A target that is not a valid id blocks
 * the saga. */
void saga_decision_send(struct saga_decision *decision, const char *step, const char *category,
                        const char *target, const char *command, json_t *take_body);
void saga_decision_ask(struct saga_decision *decision, const char *step, const char *category,
                       const char *target);
void saga_decision_rest(struct saga_decision *decision, const char *step, int64_t timeout_ms);
void saga_decision_block(struct saga_decision *decision, const char *step, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Sets the reason that operators see; "": none. */
void saga_decision_reason(struct saga_decision *decision, const char *reason);

/* How evolve() records facts. To record the same fact again, or one that is older than the known one,
 * changes nothing. Reasons are cut to the length that an event allows. Two facts mean the same in every
 * saga: `failed`, the reason to compensate, and `blocked`, the reason why an operator must look. */

/* Records the value of `member` as of `position`, which goes into the member `<member>At`. False, and
 * nothing is recorded, if a value as of that position or a later one is known. `facts` may be an
 * object inside of the facts. */
bool saga_facts_note(json_t *facts, const char *member, const char *value, int64_t position);

/* Records why the saga failed. The first reason stays. */
void saga_facts_fail(json_t *facts, const char *format, ...) PRINTF_LIKE(2, 3);
const char *saga_facts_failed(const json_t *facts); /* the reason, or NULL */

/* An operator must see to the command of `input`, for the reason of `input`. */
void saga_facts_block(json_t *facts, const struct saga_input *input);
void saga_facts_unblock(json_t *facts);
const char *saga_facts_blocked(const json_t *facts); /* which command and why, or NULL */

struct saga_kind {
    const char *name; /* "account_closing": [a-z][a-z0-9_]*, at most SAGA_NAME_MOST */
    int version;      /* of the table of steps; increase it with each change of the table or of the
                         facts, and keep the old version listed until no saga runs with it */
    const char *summary;            /* one line */
    const struct saga_step *steps;  /* closed by a NULL name */
    const char *const *event_types; /* that it handles, closed by NULL */
    const char *begins_with;        /* the one of them that begins a saga */
    /* The id of the saga an event of these types is about; NULL: none. `id`: the stream's. */
    const char *(*concerns)(const char *category, const char *id, const json_t *data);
    /* The first facts, from the event it begins with and the domain's options (cli/domain.h): an
     * object of their values by name, numbers as integers. NULL: it does not begin. */
    json_t *(*begin)(const char *id, const json_t *data, const json_t *settings);
    /* Changes the facts by an input, with the functions saga_facts_…(). */
    void (*evolve)(json_t *facts, const struct saga_input *input);
    /* Decides what follows from the facts: one call of saga_decision_send, _ask, _rest or _block. */
    void (*decide)(const char *id, const json_t *facts, struct saga_decision *decision);
};

/* The runner and tests call these: evolve() and decide() with the rules common to all sagas. A command
 * that is given up blocks the saga, and so does evolve() with saga_facts_block(): it is then stuck,
 * whatever it decides, until an operator resumes it. */
void saga_evolve(const struct saga_kind *kind, json_t *facts, const struct saga_input *input);
void saga_decide(const struct saga_kind *kind, const char *id, const json_t *facts,
                 struct saga_decision *decision);

const char *saga_phase_name(enum saga_phase phase);
bool saga_phase_read(const char *name, enum saga_phase *ret_phase);

/* NULL if not found. */
const struct saga_step *saga_step_find(const struct saga_kind *kind, const char *name);

/* OK if the saga may move from one step to the other, or stays. Else ERR_INTERNAL names both. */
MUST_CHECK enum err saga_move_check(const struct saga_kind *kind, const char *id, const char *from,
                                    const char *to, struct error *error);

/* Of a table of sagas, closed by NULL, that lists of one name the newest version first: the newest
 * version, or the one asked for. NULL: not found. */
const struct saga_kind *saga_find(const struct saga_kind *const *table, const char *name,
                                  int64_t version);
