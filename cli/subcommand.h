/* A subcommand of annal: a role that runs until it is stopped, or a task that ends by itself.
 *
 *   annal.c              main: finds the subcommand, reads its options, runs it, prints its error
 *   domain.c, annal.h    the domain of the program, and the call of a program that has its own
 *   options.c, .def      all options, read from the command line and from ANNAL_* variables
 *   subcommand_<name>.c  one file per subcommand: its options, its help, its run()
 *
 *   role.c, reread.c, known_log.c        what roles share: start, ready line, schema reload, missing log
 *   child.c, up_metrics.c (up.h)         `annal up`: supervises the roles
 *   send_command.c, send_http.c (send.h) `annal send`: lines of a file as requests, many in flight
 *   new_words.c, new/                    `annal new`: names and templates
 *   data_models.c, rebuild_task.c        tasks on the read models in DATA
 *   table.c, progress_line.c, json_line.c  output for people and for programs
 *
 * A role opens its parts in order, opens its control socket, prints `ready` and waits for a stop. A task
 * that must change a file which a role may hold goes through operations/action.h.
 */
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
