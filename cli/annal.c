/* annal: finds the subcommand, reads its options, runs it. */
#include "cli/annal.h"

#include "base/db.h"
#include "base/json.h"
#include "base/program.h"
#include "base/sha256.h"
#include "base/stop.h"
#include "base/text.h"
#include "bus/amqp.h"
#include "cli/subcommand.h"
#include "http/http_calls.h"
#include "http/http_server.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct subcommand *const table[] = {
    &subcommand_commands, &subcommand_queries, &subcommand_projector, &subcommand_up,
    &subcommand_send,     &subcommand_events,  &subcommand_status,    &subcommand_rebuild,
    &subcommand_check,    &subcommand_verify,  &subcommand_models,    &subcommand_dead_letters,
    &subcommand_saga,     &subcommand_sagas,   &subcommand_schema,    &subcommand_new,
};
#define TABLE_COUNT (sizeof table / sizeof table[0])

static void print_list(bool roles)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (table[i]->is_role == roles)
            printf("  %-12s %-14s %s\n", table[i]->name, table[i]->arguments, table[i]->summary);
}

/* Bug reports need the versions of the libraries. */
static int print_version(void)
{
    if (strcmp(program_name(), "annal") != 0)
        printf("%s, ", program_name());
    printf("annal %s\nSQLite %s, libmicrohttpd %s, librabbitmq %s, libcurl %s, jansson %s, %s\n",
           ANNAL_VERSION, db_library_version(), http_server_library_version(),
           amqp_library_version(), http_calls_library_version(), jansson_version_str(),
           sha256_library_version());
    return 0;
}

static int print_help(void)
{
    printf("%s: an event-sourced CQRS backend\n\nUsage: %s SUBCOMMAND [OPTION...] "
           "[ARGUMENT...]\n\nRoles, which run until they are stopped:\n",
           program_name(), program_name());
    print_list(true);
    printf("\nTasks:\n");
    print_list(false);
    printf("  %-12s %-14s %s\n", "help", "[SUBCOMMAND]",
           "print this list, or the help of a subcommand");
    printf("  %-12s %-14s %s\n", "--version", "", "print the versions of annal and its libraries");
    printf("\nSee `%s SUBCOMMAND --help` for its options. Most options can also be set by ANNAL_* "
           "variables.\n",
           program_name());
    return 0;
}

static int print_subcommand_help(const struct subcommand *subcommand, const struct domain *domain)
{
    AUTO(text) struct text more = {0};
    program_add_text(&more, subcommand->more);
    printf("Usage: %s %s [OPTION...]%s%s\n\n%s\n\n", program_name(), subcommand->name,
           subcommand->arguments[0] ? " " : "", subcommand->arguments, more.at);
    if (subcommand->print_table)
        subcommand->print_table(domain);
    options_print(subcommand->options, domain);
    return 0;
}

static const struct subcommand *find(const char *name)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        if (strcmp(table[i]->name, name) == 0)
            return table[i];
    return NULL;
}

static int complain_unknown(const char *name)
{
    const char *names[TABLE_COUNT];
    for (size_t i = 0; i < TABLE_COUNT; i++)
        names[i] = table[i]->name;
    const char *nearest = slice_nearest(slice_of(name), names, TABLE_COUNT);
    fprintf(stderr, "%s: unknown subcommand %s", program_name(), name);
    if (nearest)
        fprintf(stderr, " (did you mean %s?)", nearest);
    fprintf(stderr, "; `%s help` lists the subcommands\n", program_name());
    return EXIT_USAGE;
}

static enum err check_arguments(const struct subcommand *subcommand, size_t count,
                                struct error *error)
{
    if (count < subcommand->least_arguments)
        return error_set(error, ERR_USAGE, "missing argument: %s", subcommand->arguments);
    if (count > subcommand->most_arguments)
        return error_set(error, ERR_USAGE, "too many arguments");
    return OK;
}

/* For `annal up` and other supervisors, on standard output like the ready line; the message on
 * standard error is for people. */
static void print_failed_line(const char *role, const struct error *error)
{
    if (isatty(STDOUT_FILENO))
        return;
    printf("failed %s %s %.*s\n", role, error_slug(error->code), (int)strcspn(error->text, "\n"),
           error->text);
    fflush(stdout);
}

/* Tasks: 0, 2 for a wrong command line, 130 when interrupted, else 1. */
static int exit_status(const struct subcommand *subcommand, enum err err)
{
    int status = error_exit_status(err);
    return !subcommand->is_role && status == EXIT_NEEDS_PERSON ? 1 : status;
}

static int run(const struct subcommand *subcommand, int count, char *const *words,
               const struct domain *own)
{
    struct options options;
    struct error error = {0};
    enum err err = options_read(subcommand->options, own, count, words, &options, &error);
    umask(077); /* only this user may read events and read models */
    if (!err && option_flag(&options, OPTION_HELP))
        return print_subcommand_help(subcommand, &options.domain);
    if (!err)
        err = check_arguments(subcommand, options.argument_count, &error);
    if (!err) {
        stop_on_signals();
        err = subcommand->run(&options, &error);
    }
    fflush(stdout);
    if (!err)
        return 0;
    if (error.text[0])
        fprintf(stderr, "%s %s: %s\n", program_name(), subcommand->name, error.text);
    if (err == ERR_USAGE)
        fprintf(stderr, "See `%s %s --help`.\n", program_name(), subcommand->name);
    if (subcommand->is_role)
        print_failed_line(subcommand->name, &error);
    return exit_status(subcommand, err);
}

static bool is_help(const char *word)
{
    return strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

int annal_main(int argc, char **argv, const struct domain *domain)
{
    program_use(argc > 0 ? argv[0] : "");
    if (argc == 2 && strcmp(argv[1], "--version") == 0)
        return print_version();
    if (argc < 2) {
        fprintf(stderr, "%s: missing subcommand\n\n", program_name());
        print_help();
        return EXIT_USAGE;
    }
    bool help = is_help(argv[1]);
    if (help && (argc == 2 || is_help(argv[2])))
        return print_help();
    const char *name = argv[help ? 2 : 1];
    const struct subcommand *subcommand = find(name);
    if (!subcommand)
        return complain_unknown(name);
    return help ? run(subcommand, 1, (char *[]){"--help"}, domain)
                : run(subcommand, argc - 2, argv + 2, domain);
}
