/* annal: finds the subcommand, reads its options, runs it. */
#include "cli/annal.h"

#include "base/stop.h"
#include "base/text.h"
#include "cli/subcommand.h"

#include <stdio.h>
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

static int print_help(void)
{
    printf("annal: an event-sourced CQRS backend\n\nUsage: annal SUBCOMMAND [OPTION...] "
           "[ARGUMENT...]\n\nRoles, which run until they are stopped:\n");
    print_list(true);
    printf("\nTasks:\n");
    print_list(false);
    printf("  %-12s %-14s %s\n", "help", "", "print this");
    printf("\n`annal SUBCOMMAND --help` tells more. Most options can be given as ANNAL_* variables "
           "too.\n");
    return 0;
}

static int print_subcommand_help(const struct subcommand *subcommand)
{
    printf("Usage: annal %s [OPTION...]%s%s\n\n%s\n\n", subcommand->name,
           subcommand->arguments[0] ? " " : "", subcommand->arguments, subcommand->more);
    if (subcommand->print_table)
        subcommand->print_table();
    options_print(subcommand->options);
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
    const char *nearest = text_nearest(slice_of(name), names, TABLE_COUNT);
    fprintf(stderr, "annal: there is no subcommand %s", name);
    if (nearest)
        fprintf(stderr, " (did you mean %s?)", nearest);
    fprintf(stderr, "; annal help lists them\n");
    return 2;
}

static enum err check_arguments(const struct subcommand *subcommand, size_t count,
                                struct error *error)
{
    if (count < subcommand->least_arguments)
        return error_set(error, ERR_USAGE, "it wants %s", subcommand->arguments);
    if (count > subcommand->most_arguments)
        return error_set(error, ERR_USAGE, "too many arguments");
    return OK;
}

/* For `annal up` and other supervisors, on standard output as the ready line is; the message on
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
    const struct domain *domain;
    struct error error = {0};
    enum err err = options_read(subcommand->options, count, words, &options, &error);
    if (!err)
        err = domain_choose(own, options.value[OPTION_DOMAIN], &domain, &error);
    if (!err)
        domain_use(domain);
    if (!err && option_flag(&options, OPTION_HELP))
        return print_subcommand_help(subcommand);
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
        fprintf(stderr, "annal %s: %s\n", subcommand->name, error.text);
    if (err == ERR_USAGE)
        fprintf(stderr, "annal %s --help tells what it takes\n", subcommand->name);
    if (subcommand->is_role)
        print_failed_line(subcommand->name, &error);
    return exit_status(subcommand, err);
}

int annal_main(int argc, char **argv, const struct domain *domain)
{
    domain_use(domain); /* for help; the options may choose another */
    if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        const struct subcommand *subcommand = argc == 3 ? find(argv[2]) : NULL;
        if (argc < 2)
            fprintf(stderr, "annal: say what to do\n\n");
        return subcommand ? print_subcommand_help(subcommand) : print_help() + (argc < 2 ? 2 : 0);
    }
    const struct subcommand *subcommand = find(argv[1]);
    return subcommand ? run(subcommand, argc - 2, argv + 2, domain) : complain_unknown(argv[1]);
}
