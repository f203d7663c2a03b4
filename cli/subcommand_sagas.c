/* annal sagas: lists and shows sagas, and performs operator actions on them.
 *
 * list and show read sagas.db beside the runner; resume and abandon ask the runner, or change the
 * file themselves if no runner runs.
 */
#include "base/utf8.h"
#include "operations/action.h"
#include "sagas/saga_report.h"

#include "base/json.h"
#include "base/program.h"
#include "cli/json_line.h"
#include "cli/role.h"
#include "cli/subcommand.h"
#include "cli/table.h"

#include <stdio.h>

/* ---- list ---- */

static void print_list(const json_t *list)
{
    static const char *const names[] = {"saga", "id", "phase", "step", "since", "reason"};
    static const char *const members[] = {"saga", "id", "phase", "step", "updated_at", "reason"};
    AUTO(table) struct table table;
    size_t i;
    json_t *saga;
    table_init(&table, names, 6);
    json_array_foreach (list, i, saga) {
        for (size_t column = 0; column < 6; column++)
            table_add(&table, "%s", json_string_or(saga, members[column], ""));
    }
    table_print(&table);
}

static enum err list(const struct options *options, struct error *error)
{
    AUTO(json) json_t *list = NULL;
    int64_t most = option_int(options, OPTION_LIMIT);
    enum saga_phase phase;
    const char *wanted = options->argument_count > 1 ? options->argument[1] : "";
    bool all = strcmp(wanted, "all") == 0;
    if (wanted[0] && !all && !saga_phase_read(wanted, &phase))
        return error_set(
            error, ERR_USAGE,
            "unknown phase %s; it must be running, waiting, compensating, stuck, ended or all",
            wanted);
    enum err err = saga_report_list(options->value[OPTION_DATA], all ? "" : wanted, all,
                                    most ? most : INT64_MAX, &list, error);
    if (err)
        return err;
    size_t i;
    json_t *saga;
    if (!option_flag(options, OPTION_JSON))
        print_list(list);
    else
        json_array_foreach (list, i, saga)
            json_line_print(json_incref(saga));
    return OK;
}

/* ---- show ---- */

static void print_facts(const json_t *saga)
{
    AUTO(text) struct text facts = {0};
    json_write(json_object_get(saga, "facts"), &facts);
    printf("facts    %s\n", facts.at);
}

static void print_history(const json_t *saga)
{
    static const char *const names[] = {"at", "", "what"};
    AUTO(table) struct table table;
    size_t i;
    json_t *entry;
    table_init(&table, names, 3);
    json_array_foreach (json_object_get(saga, "history"), i, entry) {
        table_add(&table, "%s", json_string_or(entry, "at", ""));
        table_add(&table, "%s", json_string_or(entry, "kind", ""));
        table_add(&table, "%s", json_string_or(entry, "what", ""));
    }
    table_print(&table);
}

static void print_saga(const json_t *saga)
{
    const char *reason = json_string_or(saga, "reason", "");
    size_t i;
    json_t *sent;
    printf("%s %s, version %lld of its steps\n", json_string_or(saga, "saga", ""),
           json_string_or(saga, "id", ""), (long long)json_int_or(saga, "version", 0));
    printf("%-8s %s%s%s\n", json_string_or(saga, "phase", ""), json_string_or(saga, "step", ""),
           reason[0] ? ": " : "", reason);
    if (json_string_or(saga, "wakes_at", NULL))
        printf("wakes    %s\n", json_string_or(saga, "wakes_at", ""));
    json_array_foreach (json_object_get(saga, "underway"), i, sent)
        printf("under way %s %s/%s %s\n", json_string_or(sent, "kind", ""),
               json_string_or(sent, "category", ""), json_string_or(sent, "id", ""),
               json_string_or(sent, "command", ""));
    print_facts(saga);
    if (json_is_true(json_object_get(saga, "history_removed")))
        printf("history  removed (--keep-ended)\n");
    printf("\n");
    print_history(saga);
}

/* "SAGA/ID", or "ID" if there is only one. `saga` is cut out of it. */
static const char *split(const char *argument, struct text *saga)
{
    const char *slash = strchr(argument, '/');
    if (!slash) {
        text_add(saga, "");
        return argument;
    }
    text_add_bytes(saga, argument, (size_t)(slash - argument));
    return slash + 1;
}

static enum err show(const struct options *options, struct error *error)
{
    AUTO(json) json_t *saga = NULL;
    AUTO(text) struct text name = {0};
    if (options->argument_count != 2)
        return error_set(error, ERR_USAGE, "show: missing argument: ID");
    const char *id = split(options->argument[1], &name);
    enum err err = saga_report_show(options->value[OPTION_DATA], name.at, id, &saga, error);
    if (err)
        return err;
    if (option_flag(options, OPTION_JSON))
        json_line_print(json_incref(saga));
    else
        print_saga(saga);
    return OK;
}

/* ---- resume and abandon ---- */

static void print_done(const char *id, enum operator_action action, bool runs, bool for_programs)
{
    bool resumes = action == OPERATOR_ACTION_RESUME;
    if (!for_programs) {
        printf("%s %s", id, resumes ? "continues" : "is abandoned");
        if (resumes && !runs)
            printf(" when `%s saga` runs", program_name());
        printf("\n");
        return;
    }
    json_line_print(json_pack("{s:s, s:s, s:s}", "id", id, "done",
                              resumes ? "resumed" : "abandoned", "runner",
                              runs ? "working" : "none"));
}

static enum err act(const struct options *options, enum operator_action action, struct error *error)
{
    AUTO(text) struct text name = {0};
    const char *reason = options->argument_count > 2 ? options->argument[2] : "";
    if (options->argument_count < 2)
        return error_set(error, ERR_USAGE, "%s: missing argument: ID", options->argument[0]);
    if (action == OPERATOR_ACTION_ABANDON && !reason[0])
        return error_set(error, ERR_USAGE, "abandon: missing argument: ID REASON");
    if (!utf8_is_valid(slice_of(options->argument[1])) || !utf8_is_valid(slice_of(reason)))
        return error_set(error, ERR_USAGE, "an argument is not UTF-8");
    const char *id = split(options->argument[1], &name);
    bool runs = false;
    const struct operator_request request = {
        .action = action, .saga = name.at, .id = id, .reason = reason};
    enum err err =
        action_on_saga(options->value[OPTION_DATA], options->domain.sagas, &request, &runs, error);
    if (!err)
        print_done(id, action, runs, option_flag(options, OPTION_JSON));
    return err;
}

static enum err resume(const struct options *options, struct error *error)
{
    return act(options, OPERATOR_ACTION_RESUME, error);
}

static enum err abandon(const struct options *options, struct error *error)
{
    return act(options, OPERATOR_ACTION_ABANDON, error);
}

static const struct {
    const char *name;
    enum err (*run)(const struct options *options, struct error *error);
} verbs[] = {{"list", list}, {"show", show}, {"resume", resume}, {"abandon", abandon}};

static enum err run(const struct options *options, struct error *error)
{
    const char *action = options->argument_count ? options->argument[0] : "list";
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (strcmp(verbs[i].name, action) == 0)
            return verbs[i].run(options, error);
    return error_set(error, ERR_USAGE,
                     "unknown action %s; the actions are list [PHASE], show ID, resume ID [REASON] "
                     "and abandon ID REASON",
                     action);
}

static const enum option options[] = {OPTION_DATA, OPTION_LIMIT, OPTION_DOMAIN,
                                      OPTION_JSON, OPTION_HELP,  OPTION_COUNT};

const struct subcommand subcommand_sagas = {
    .name = "sagas",
    .arguments = "[ACTION...]",
    .summary = "list and show sagas; resume or abandon stuck ones",
    .more =
        "  annal sagas [list [PHASE|all]]  list sagas that have not ended, those in a phase\n"
        "                                  (running, waiting, compensating, stuck, ended), or all\n"
        "  annal sagas show ID             show a saga and its history; ID may be SAGA/ID\n"
        "  annal sagas resume ID [REASON]  retry the step at which a saga is stuck, or confirm\n"
        "                                  work that an operator has done\n"
        "  annal sagas abandon ID REASON   end a saga without further commands or compensation\n"
        "\n"
        "`annal saga` (or `annal up --sagas`) runs the sagas; this task inspects and corrects "
        "them.",
    .most_arguments = 3,
    .options = options,
    .run = run,
};
