/* Runs the claims of conformance_claims.h for every engine of log_engines, or for the one whose
 * scheme is the argument: event_store_conformance_test [SCHEME]
 */
#include "tests/event_store/conformance_claims.h"

#include "base/array.h"

static const struct claim_table *const tables[] = {&open_claims,   &store_claims, &answer_claims,
                                                   &cursor_claims, &read_claims,  &prefetch_claims};

struct claim_list {
    struct CMUnitTest *at;
    size_t count, capacity;
};

/* The names say which engine does not fulfil the claim; they are never freed. */
static void add_claims_for(const struct log_engine *engine, struct claim_list *out)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (size_t k = 0; k < tables[i]->count; k++) {
            struct text name = {0};
            struct CMUnitTest *added = ARRAY_ADD(out);
            *added = tables[i]->claims[k];
            text_printf(&name, "%s: %s", engine->scheme, added->name);
            added->name = name.at;
            added->initial_state = (void *)(uintptr_t)engine;
        }
}

int main(int argc, char **argv)
{
    static struct claim_list claims; /* reachable until the end, like the names */
    for (size_t i = 0; i < log_engine_count; i++)
        if (argc < 2 || strcmp(argv[1], log_engines[i].scheme) == 0)
            add_claims_for(&log_engines[i], &claims);
    if (claims.count == 0) {
        print_error("no engine under test has the scheme %s\n", argv[1]);
        return 1;
    }
    return _cmocka_run_group_tests("event store", claims.at, claims.count, NULL, NULL);
}
