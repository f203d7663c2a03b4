#include "projectors/dead_letters.h"

#include "base/clock.h"
#include "base/embedded.h"
#include "base/hash.h"
#include "base/statement_set.h"
#include "projectors/dead_letter_statements.h"
#include "projectors/dead_letters_list.h"

#define STREAM_BITS  ((uint64_t)1 << 20)
#define STREAMS_MOST 10000
#define BYTES_MOST   (64LL * 1024 * 1024)

extern const struct embedded_file projectors_files[];

struct dead_letters {
    struct db *db;
    struct statement_set statements; /* all prepared */
    int64_t parked;                  /* streams */
    int64_t parked_bytes;            /* of their events, about */
    int64_t next_skipped; /* the first skipped position after the checkpoint, INT64_MAX if none */
    unsigned char *bits;  /* a stream whose bit is 0 is not parked */
};

static uint64_t bit_of(struct slice stream)
{
    return hash_bytes(0, stream) % STREAM_BITS;
}

static bool may_be_parked(const struct dead_letters *letters, struct slice stream)
{
    uint64_t bit = bit_of(stream);
    return letters->bits[bit / 8] & (1u << bit % 8);
}

static void set_bit(struct dead_letters *letters, struct slice stream)
{
    uint64_t bit = bit_of(stream);
    letters->bits[bit / 8] = (unsigned char)(letters->bits[bit / 8] | 1u << bit % 8);
}

static enum err load_parked(struct dead_letters *letters, struct error *error)
{
    AUTO(statement) struct statement *streams = NULL;
    enum err err = statement_prepare(
        letters->db, dead_letter_statements[DEAD_LETTER_STATEMENT_DEAD_LETTER_STREAMS].text,
        &streams, error);
    memset(letters->bits, 0, STREAM_BITS / 8);
    letters->parked = 0;
    for (bool row = true; !err;) {
        err = statement_step(streams, &row, error);
        if (err || !row)
            break;
        set_bit(letters, statement_text(streams, 0));
        letters->parked++;
    }
    return err;
}

static enum err load_parked_bytes(struct dead_letters *letters, struct error *error)
{
    return db_read_int(letters->db, dead_letter_statements[DEAD_LETTER_STATEMENT_PARKED_BYTES].text,
                       &letters->parked_bytes, error);
}

static enum err find_next_skipped(struct dead_letters *letters, int64_t position,
                                  struct error *error)
{
    struct statement *after =
        statement_set_at(&letters->statements, DEAD_LETTER_STATEMENT_SKIPPED_AFTER);
    bool row = false;
    statement_bind_int(after, 1, position);
    enum err err = statement_step(after, &row, error);
    if (!err)
        letters->next_skipped = row ? statement_int(after, 0) : INT64_MAX;
    statement_reset(after);
    return err;
}

enum err dead_letters_reload(struct dead_letters *letters, int64_t position, struct error *error)
{
    enum err err = load_parked(letters, error);
    if (!err)
        err = load_parked_bytes(letters, error);
    return err ? err : find_next_skipped(letters, position, error);
}

enum err dead_letters_open(struct db *db, int64_t position, struct dead_letters **ret_letters,
                           struct error *error)
{
    AUTO(dead_letters) struct dead_letters *letters = calloc(1, sizeof *letters);
    REQUIRE(letters);
    letters->db = db;
    letters->bits = malloc(STREAM_BITS / 8);
    REQUIRE(letters->bits);
    enum err err = db_execute(db, embedded_text(projectors_files, "dead_letters.sql").at, error);
    statement_set_init(&letters->statements, db, dead_letter_statements,
                       DEAD_LETTER_STATEMENT_COUNT);
    if (!err)
        err = statement_set_prepare_all(&letters->statements, error);
    if (!err)
        err = dead_letters_reload(letters, position, error);
    if (err)
        return error_add_context(error, err, "dead letters");
    *ret_letters = letters;
    letters = NULL;
    return OK;
}

void dead_letters_close(struct dead_letters *letters)
{
    if (!letters)
        return;
    statement_set_finish(&letters->statements);
    free(letters->bits);
    free(letters);
}

int64_t dead_letters_count(const struct dead_letters *letters)
{
    return letters->parked;
}

static enum err is_parked(struct dead_letters *letters, struct slice stream, bool *ret_parked,
                          struct error *error)
{
    struct statement *is =
        statement_set_at(&letters->statements, DEAD_LETTER_STATEMENT_DEAD_LETTER_IS);
    statement_bind_text(is, 1, stream);
    enum err err = statement_step(is, ret_parked, error);
    statement_reset(is);
    return err;
}

static enum err write_parked(struct statement *add, const struct event *event, struct error *error)
{
    statement_bind_int(add, 1, event->position);
    statement_bind_text(add, 2, event->stream);
    statement_bind_int(add, 3, event->version);
    statement_bind_int(add, 4, event->time_us);
    statement_bind_text(add, 5, event->type);
    statement_bind_text(add, 6, event->id);
    statement_bind_text(add, 7, event->data);
    statement_bind_text(add, 8, event->meta);
    return statement_run(add, error);
}

/* So much means that the model does not fit the log; more parking would copy the log into the model's
 * file. */
static enum err add_parked(struct dead_letters *letters, const struct event *event,
                           struct error *error)
{
    int64_t bytes = (int64_t)(event->stream.length + event->type.length + event->id.length +
                              event->data.length + event->meta.length);
    if (letters->parked > STREAMS_MOST || letters->parked_bytes + bytes > BYTES_MOST)
        return error_set(
            error, ERR_DEFINITION,
            "park position %lld: %lld streams with events of %lld bytes are parked "
            "already, more than a model may have (%d streams, %lld bytes): correct the "
            "model and rebuild it, or see `annal dead-letters`",
            (long long)event->position, (long long)letters->parked,
            (long long)letters->parked_bytes, STREAMS_MOST, BYTES_MOST);
    letters->parked_bytes += bytes;
    return write_parked(statement_set_at(&letters->statements, DEAD_LETTER_STATEMENT_PARKED_ADD),
                        event, error);
}

enum err dead_letters_take(struct dead_letters *letters, const struct event *event, bool *ret_taken,
                           struct error *error)
{
    *ret_taken = event->position == letters->next_skipped;
    if (*ret_taken)
        return find_next_skipped(letters, event->position, error);
    if (letters->parked == 0 || !may_be_parked(letters, event->stream))
        return OK;
    enum err err = is_parked(letters, event->stream, ret_taken, error);
    return err || !*ret_taken ? err : add_parked(letters, event, error);
}

enum err dead_letters_fail(struct dead_letters *letters, const struct event *event, int tries,
                           const char *reason, struct error *error)
{
    struct statement *add =
        statement_set_at(&letters->statements, DEAD_LETTER_STATEMENT_DEAD_LETTER_ADD);
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_now_us(), now);
    statement_bind_text(add, 1, event->stream);
    statement_bind_int(add, 2, event->position);
    statement_bind_text(add, 3, slice_of(reason));
    statement_bind_int(add, 4, tries);
    statement_bind_text(add, 5, slice_of(now));
    return statement_run(add, error);
}

enum err dead_letters_park(struct dead_letters *letters, const struct event *event, int tries,
                           const char *reason, struct error *error)
{
    letters->parked++;
    enum err err = add_parked(letters, event, error);
    if (!err)
        err = dead_letters_fail(letters, event, tries, reason, error);
    if (err)
        return err;
    set_bit(letters, event->stream);
    return OK;
}

enum err dead_letters_first_parked(struct dead_letters *letters, struct slice stream,
                                   struct event_batch *batch, struct error *error)
{
    return dead_letters_list_first_parked(
        statement_set_at(&letters->statements, DEAD_LETTER_STATEMENT_PARKED_FIRST), stream, batch,
        error);
}

enum err dead_letters_is_skipped(struct dead_letters *letters, int64_t position, bool *ret_skipped,
                                 struct error *error)
{
    struct statement *is = statement_set_at(&letters->statements, DEAD_LETTER_STATEMENT_SKIPPED_IS);
    statement_bind_int(is, 1, position);
    enum err err = statement_step(is, ret_skipped, error);
    statement_reset(is);
    return err;
}

enum err dead_letters_find_skipped(struct dead_letters *letters, struct event_batch *batch,
                                   struct error *error)
{
    AUTO(statement) struct statement *find = NULL;
    bool row = false;
    event_batch_clear(batch);
    enum err err = statement_prepare(
        letters->db, dead_letter_statements[DEAD_LETTER_STATEMENT_SKIPPED_PARKED].text, &find,
        error);
    if (!err)
        err = statement_step(find, &row, error);
    if (!err && row)
        err = dead_letters_first_parked(letters, statement_text(find, 0), batch, error);
    return err;
}

enum err dead_letters_release(struct dead_letters *letters, int64_t position, struct error *error)
{
    statement_bind_int(statement_set_at(&letters->statements, DEAD_LETTER_STATEMENT_PARKED_REMOVE),
                       1, position);
    return statement_run(
        statement_set_at(&letters->statements, DEAD_LETTER_STATEMENT_PARKED_REMOVE), error);
}

enum err dead_letters_free_stream(struct dead_letters *letters, struct slice stream,
                                  struct error *error)
{
    statement_bind_text(
        statement_set_at(&letters->statements, DEAD_LETTER_STATEMENT_DEAD_LETTER_REMOVE), 1,
        stream);
    return statement_run(
        statement_set_at(&letters->statements, DEAD_LETTER_STATEMENT_DEAD_LETTER_REMOVE), error);
}

enum err dead_letters_skip(struct dead_letters *letters, const struct event *event,
                           const char *reason, struct error *error)
{
    struct statement *add =
        statement_set_at(&letters->statements, DEAD_LETTER_STATEMENT_SKIPPED_ADD);
    char now[CLOCK_TEXT_BYTES];
    clock_format(clock_now_us(), now);
    statement_bind_int(add, 1, event->position);
    statement_bind_text(add, 2, event->stream);
    statement_bind_text(add, 3, event->type);
    statement_bind_text(add, 4, slice_of(reason));
    statement_bind_text(add, 5, slice_of(now));
    return statement_run(add, error);
}
