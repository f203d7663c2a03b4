/* annal new: writes the files of a program with its own domain. The templates in cli/new/ are part of
 * the program. No existing file is overwritten: all paths are checked before the first file is created.
 */
#include "base/embedded.h"
#include "cli/new_words.h"
#include "cli/subcommand.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

extern const struct embedded_file new_files[];

static const struct {
    const char *template, *path;
    enum { ONCE, FIRST_COMMAND, OTHER_COMMANDS, EACH_COMMAND } how;
} table[] = {
    {"README.md.in", "README.md", ONCE},
    {"meson.build.in", "meson.build", ONCE},
    {"main.c.in", "main.c", ONCE},
    {"domain.h.in", "domain.h", ONCE},
    {"domain.c.in", "domain.c", ONCE},
    {"aggregate.h.in", "@name@/@name@.h", ONCE},
    {"aggregate.c.in", "@name@/@name@_aggregate.c", ONCE},
    {"first_command.c.in", "@name@/@c_command@.c", FIRST_COMMAND},
    {"command.c.in", "@name@/@c_command@.c", OTHER_COMMANDS},
    {"command.json.in", "schemas/commands/@name@.@command@.json", EACH_COMMAND},
    {"event.json.in", "schemas/events/@type@.json", EACH_COMMAND},
    {"model.sql.in", "models/@name@_overview.sql", ONCE},
    {"test.c.in", "tests/@name@_test.c", ONCE},
};

typedef enum err file_fn(const char *path, const char *directory, struct slice content,
                         struct error *error);

static enum err visit_file(const struct new_names *names, const struct new_command *command,
                           size_t row, const char *directory, file_fn *visit, struct error *error)
{
    AUTO(text) struct text path = {0}, content = {0};
    text_printf(&path, "%s/", directory);
    new_words_expand(names, command, slice_of(table[row].path), &path);
    new_words_expand(names, command, embedded_text(new_files, table[row].template), &content);
    return visit(path.at, directory, text_slice(&content), error);
}

/* Calls `visit` for each file to write. */
static enum err visit_files(const struct new_names *names, const char *directory, file_fn *visit,
                            struct error *error)
{
    enum err err = OK;
    for (size_t row = 0; !err && row < sizeof table / sizeof *table; row++) {
        if (table[row].how == ONCE)
            err = visit_file(names, NULL, row, directory, visit, error);
        size_t first = table[row].how == OTHER_COMMANDS;
        size_t end = table[row].how == ONCE            ? 0
                     : table[row].how == FIRST_COMMAND ? 1
                                                       : names->count;
        for (size_t i = first; !err && i < end; i++)
            err = visit_file(names, &names->commands[i], row, directory, visit, error);
    }
    return err;
}

static enum err check_absent(const char *path, const char *directory, struct slice content,
                             struct error *error)
{
    (void)directory, (void)content;
    struct stat stat;
    if (lstat(path, &stat) == 0)
        return error_set(error, ERR_IO, "%s exists; nothing was written", path);
    if (errno != ENOENT)
        return error_set(error, ERR_IO, "look at %s: %s", path, strerror(errno));
    return OK;
}

/* Creates the missing folders above it. */
static enum err make_folders(const char *path, struct error *error)
{
    for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        AUTO(text) struct text folder = {0};
        text_add_bytes(&folder, path, (size_t)(slash - path));
        if (mkdir(folder.at, 0777) != 0 && errno != EEXIST)
            return error_set(error, ERR_IO, "make %s: %s", folder.at, strerror(errno));
    }
    return OK;
}

static enum err write_file(const char *path, const char *directory, struct slice content,
                           struct error *error)
{
    enum err err = make_folders(path, error);
    if (err)
        return err;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_set(error, ERR_IO, "make %s: %s", path, strerror(errno));
    bool wrote = write(fd, content.at, content.length) == (ssize_t)content.length;
    if (close(fd) != 0 || !wrote)
        return error_set(error, ERR_IO, "write %s: %s", path, strerror(errno));
    printf("%s\n", path + strlen(directory) + 1);
    return OK;
}

static enum err run(const struct options *options, struct error *error)
{
    struct new_names names;
    const char *directory = options->value[OPTION_DIR];
    if (strcmp(options->argument[0], "aggregate") != 0)
        return error_set(error, ERR_USAGE,
                         "unknown action %s; it must be aggregate NAME COMMAND...",
                         options->argument[0]);
    enum err err = new_words_read(options->argument[1], options->argument + 2,
                                  options->argument_count - 2, &names, error);
    if (!err)
        err = visit_files(&names, directory, check_absent, error);
    return err ? err : visit_files(&names, directory, write_file, error);
}

static const enum option options[] = {OPTION_DIR, OPTION_HELP, OPTION_COUNT};

const struct subcommand subcommand_new = {
    .name = "new",
    .arguments = "aggregate NAME COMMAND...",
    .summary = "write the files of a program with a new domain",
    .more = "Writes a program with the aggregate NAME, a file for each COMMAND, schemas, a read\n"
            "model and tests, and lists the files; README.md says how to build it. The event of a\n"
            "COMMAND is its past participle (lend: lent, add-note: note-added), or the one of\n"
            "COMMAND=EVENT. The first command creates an aggregate. Existing files are not\n"
            "overwritten.",
    .least_arguments = 3,
    .most_arguments = 2 + NEW_COMMANDS_MOST,
    .options = options,
    .run = run,
};
