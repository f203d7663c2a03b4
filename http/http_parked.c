#include "http/http_parked.h"

#include "base/clock.h"

void http_parked_add(struct http_parked *parked, struct http_connection *added)
{
    if (parked->count == parked->capacity) {
        parked->capacity = parked->capacity * 2 + 16;
        parked->connection =
            reallocarray(parked->connection, parked->capacity, sizeof *parked->connection);
        REQUIRE(parked->connection);
    }
    parked->connection[parked->count++] = added;
}

void http_parked_finish(struct http_parked *parked)
{
    REQUIRE(parked->count == 0);
    free(parked->connection);
}

size_t http_parked_subjects(const struct http_parked *parked,
                            struct http_progress out[HTTP_PARKED_SUBJECTS_MOST])
{
    size_t count = 0;
    for (size_t i = 0; i < parked->count; i++) {
        size_t at = 0;
        while (at < count && out[at].subject != parked->connection[i]->subject)
            at++;
        if (at == count && count < HTTP_PARKED_SUBJECTS_MOST)
            out[count++] = (struct http_progress){parked->connection[i]->subject, 0};
    }
    return count;
}

static bool has_come(const struct http_connection *waiting, const struct http_progress *progress,
                     size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (progress[i].subject == waiting->subject)
            return progress[i].position >= waiting->awaited;
    return false;
}

static enum http_wake wake_of(const struct http_connection *waiting,
                              const struct http_progress *progress, size_t count, bool stopping,
                              int64_t now_ms)
{
    if (stopping)
        return HTTP_WAKE_STOPPING;
    if (waiting->gone)
        return HTTP_WAKE_GONE;
    if (has_come(waiting, progress, count))
        return HTTP_WAKE_PROGRESS;
    return now_ms >= waiting->request.wait_deadline_ms ? HTTP_WAKE_EXPIRED : HTTP_WAKE_NONE;
}

void http_parked_resume_due(struct http_parked *parked, const struct http_progress *progress,
                            size_t count, bool stopping,
                            void (*resume)(struct http_connection *connection))
{
    int64_t now_ms = clock_monotonic_ms();
    for (size_t i = 0; i < parked->count;) {
        struct http_connection *each = parked->connection[i];
        enum http_wake wake = wake_of(each, progress, count, stopping, now_ms);
        if (wake == HTTP_WAKE_NONE) {
            i++;
            continue;
        }
        parked->connection[i] = parked->connection[--parked->count];
        each->request.wake = wake;
        resume(each);
    }
}

int64_t http_parked_next_deadline_ms(const struct http_parked *parked)
{
    int64_t next_ms = INT64_MAX;
    for (size_t i = 0; i < parked->count; i++)
        if (parked->connection[i]->request.wait_deadline_ms < next_ms)
            next_ms = parked->connection[i]->request.wait_deadline_ms;
    return next_ms;
}
