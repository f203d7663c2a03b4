/* A subcommand of annal: a role that runs until it is stopped, or a task that ends by itself. */
#pragma once

#include "cli/options.h"

struct subcommand {
    const char *name;
    const char *arguments; /* for the usage line: "MODEL..." */
    const char *summary;   /* one line */
    const char *more;      /* a paragraph for --help */
    /* Prints, for --help, what the domain has of what the subcommand runs; may be NULL. */
    void (*print_table)(const struct domain *domain);
    bool is_role;
    size_t least_arguments, most_arguments;
    const enum option *options; /* closed by OPTION_COUNT */
    /* Runs it. annal_main prints the error and exits with 1 (2 for ERR_USAGE; of a role, 3 for an
     * error that needs a person). A task that has printed its failure itself returns ERR_FAILED
     * with an empty text. */
    enum err (*run)(const struct options *options, struct error *error);
};

/* Each in its file subcommand_<name>.c; the table is in annal.c. */
extern const struct subcommand subcommand_commands, subcommand_queries, subcommand_projector,
    subcommand_up, subcommand_send, subcommand_events, subcommand_status, subcommand_rebuild,
    subcommand_check, subcommand_verify, subcommand_models, subcommand_dead_letters,
    subcommand_saga, subcommand_sagas, subcommand_schema, subcommand_new;

/* The actions of `annal schema`, each in its file subcommand_schema_<action>.c; the first argument of the
 * options is the action's name. */
MUST_CHECK enum err schema_validate_run(const struct options *options, struct error *error);
MUST_CHECK enum err schema_check_run(const struct options *options, struct error *error);
MUST_CHECK enum err schema_consumers_run(const struct options *options, struct error *error);
