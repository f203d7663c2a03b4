#include "cli/options.h"

#include "base/json.h"
#include "base/program.h"
#include "http/listen.h"

#include <stdio.h>

struct row {
    const char *name, *variable, *argument, *fallback, *help;
    int64_t least, most; /* an integer in this range; both 0: any text */
};

static const struct row table[] = {
#define OPTION(id, name, variable, argument, fallback, least, most, help)                          \
    {name, variable, argument, fallback, help, least, most},
#include "cli/options.def"
#undef OPTION
};

static struct row row_of(const struct domain *domain, enum option option)
{
    if (option < OPTION_COUNT) {
        struct row row = table[option];
        if (option == OPTION_DOMAIN)
            row.fallback = domain->name;
        return row;
    }
    const struct domain_option *own = &domain->options[option - OPTION_OF_DOMAIN];
    return (struct row){own->name, own->variable, own->argument, own->fallback,
                        own->help, own->least,    own->most};
}

static size_t count_options(const struct domain *domain)
{
    size_t count = 0;
    while (domain->options[count].name)
        count++;
    REQUIRE(count <= DOMAIN_OPTIONS_MOST);
    return count;
}

/* The list of a subcommand, with OPTION_OF_DOMAIN replaced by the options of the domain. */
static void list_options(const enum option *allowed, const struct domain *domain,
                         enum option out[OPTION_END + 1])
{
    for (; *allowed != OPTION_COUNT; allowed++) {
        size_t count = *allowed == OPTION_OF_DOMAIN ? count_options(domain) : 1;
        for (size_t i = 0; i < count; i++)
            *out++ = *allowed + (enum option)i;
    }
    *out = OPTION_COUNT;
}

static void set_fallback(const struct domain *domain, enum option option, struct options *options)
{
    struct row row = row_of(domain, option);
    const char *value = row.variable ? getenv(row.variable) : NULL;
    options->value[option] = value && value[0] ? value : row.fallback;
}

static void set_fallbacks(const struct domain *domain, struct options *options)
{
    for (enum option option = 0; option < OPTION_COUNT; option++)
        set_fallback(domain, option, options);
    for (size_t i = 0; i < count_options(domain); i++)
        set_fallback(domain, OPTION_OF_DOMAIN + (enum option)i, options);
}

static enum err unknown_option(const struct domain *domain, const enum option *allowed,
                               struct slice name, struct error *error)
{
    const char *names[OPTION_END];
    size_t count = 0;
    for (; *allowed != OPTION_COUNT; allowed++)
        names[count++] = row_of(domain, *allowed).name;
    const char *nearest = slice_nearest(name, names, count);
    return error_set(error, ERR_USAGE, "unknown option --%.*s%s%s%s", SLICE(name),
                     nearest ? " (did you mean --" : "", nearest ? nearest : "",
                     nearest ? "?)" : "");
}

/* `word` begins with "--"; its value follows "=" or is the next word. */
static enum err read_option(const struct domain *domain, const enum option *allowed,
                            const char *word, const char *next, bool *ret_took_next,
                            struct options *options, struct error *error)
{
    const char *equals = strchr(word, '=');
    struct slice name = {word + 2, equals ? (size_t)(equals - word - 2) : strlen(word + 2)};
    const enum option *option = allowed;
    while (*option != OPTION_COUNT && !slice_is(name, row_of(domain, *option).name))
        option++;
    *ret_took_next = false;
    if (*option == OPTION_COUNT)
        return unknown_option(domain, allowed, name, error);
    struct row row = row_of(domain, *option);
    if (!row.argument) {
        if (equals)
            return error_set(error, ERR_USAGE, "--%s takes no value", row.name);
        options->value[*option] = "1";
        return OK;
    }
    if (!equals && !next)
        return error_set(error, ERR_USAGE, "--%s: missing value: --%s %s", row.name, row.name,
                         row.argument);
    *ret_took_next = !equals;
    options->value[*option] = equals ? equals + 1 : next;
    return OK;
}

static enum err choose_log(struct options *options, struct error *error)
{
    const char *given = options->value[OPTION_LOG];
    int length =
        snprintf(options->log_url, sizeof options->log_url, "%s%s",
                 given[0] ? "" : "sqlite:", given[0] ? given : options->value[OPTION_DATA]);
    return length < (int)sizeof options->log_url
               ? OK
               : error_set(error, ERR_USAGE, "the URL of the log is longer than %zu bytes",
                           sizeof options->log_url - 1);
}

static enum err read_words(const enum option *allowed, const struct domain *domain, int count,
                           char *const *words, struct options *ret_options, struct error *error)
{
    struct options options = {0};
    enum option list[OPTION_END + 1];
    bool only_arguments = false;
    list_options(allowed, domain, list);
    set_fallbacks(domain, &options);
    for (int i = 0; i < count; i++) {
        if (!only_arguments && strcmp(words[i], "--") == 0) {
            only_arguments = true;
        } else if (!only_arguments && strcmp(words[i], "-h") == 0) {
            options.value[OPTION_HELP] = "1";
        } else if (!only_arguments && strncmp(words[i], "--", 2) == 0) {
            bool took_next;
            enum err err = read_option(domain, list, words[i], i + 1 < count ? words[i + 1] : NULL,
                                       &took_next, &options, error);
            if (err)
                return err;
            i += took_next;
        } else if (options.argument_count == ARGUMENTS_MOST) {
            return error_set(error, ERR_USAGE, "more than %d arguments", ARGUMENTS_MOST);
        } else {
            options.argument[options.argument_count++] = words[i];
        }
    }
    *ret_options = options;
    return OK;
}

/* A flag's variable is 1 or true, 0 or false; the command line sets "1". */
static enum err check_flag(struct row row, const char **value, struct error *error)
{
    bool on = strcmp(*value, "1") == 0 || strcmp(*value, "true") == 0;
    bool off = !(*value)[0] || strcmp(*value, "0") == 0 || strcmp(*value, "false") == 0;
    if (!on && !off)
        return error_set(error, ERR_USAGE, "%s=%s: it must be 1 or true, 0 or false", row.variable,
                         *value);
    *value = on ? "1" : "";
    return OK;
}

/* An empty value means: do not listen. */
static enum err check_address(struct row row, const char *value, struct error *error)
{
    enum err err = value[0] ? listen_check_tcp(value, error) : OK;
    return err ? error_add_context(error, err, "--%s", row.name) : OK;
}

/* Wrong values are rejected before a role opens a file and before `annal up` starts a process. */
static enum err check_values(const enum option *allowed, struct options *options,
                             struct error *error)
{
    enum option list[OPTION_END + 1];
    enum err err = OK;
    list_options(allowed, &options->domain, list);
    for (const enum option *option = list; !err && *option != OPTION_COUNT; option++) {
        struct row row = row_of(&options->domain, *option);
        int64_t number;
        if (!row.argument)
            err = check_flag(row, &options->value[*option], error);
        else if (strcmp(row.argument, "ADDR:PORT") == 0)
            err = check_address(row, options->value[*option], error);
        else if (row.least || row.most)
            err = option_read_int(options, *option, row.least, row.most, &number, error);
    }
    return err;
}

/* The words are read twice: --domain determines the set of options and may follow them. */
enum err options_read(const enum option *allowed, const struct domain *own, int count,
                      char *const *words, struct options *ret_options, struct error *error)
{
    struct domain domain;
    enum err err = domain_choose(own, own->name, &domain, error);
    if (!err)
        err = read_words(allowed, &domain, count, words, ret_options, error);
    if (!err)
        err = domain_choose(own, ret_options->value[OPTION_DOMAIN], &domain, error);
    if (!err)
        err = read_words(allowed, &domain, count, words, ret_options, error);
    if (err)
        return err;
    ret_options->domain = domain;
    if (ret_options->value[OPTION_HELP][0])
        return OK; /* a wrong value does not prevent help */
    err = check_values(allowed, ret_options, error);
    return err ? err : choose_log(ret_options, error);
}

void options_print(const enum option *allowed, const struct domain *domain)
{
    enum option list[OPTION_END + 1];
    list_options(allowed, domain, list);
    printf("Options:\n");
    for (const enum option *option = list; *option != OPTION_COUNT; option++) {
        struct row row = row_of(domain, *option);
        AUTO(text) struct text left = {0}, help = {0};
        text_printf(&left, "--%s", row.name);
        if (row.argument)
            text_printf(&left, " %s", row.argument);
        program_add_text(&help, row.help);
        printf("  %-27s %s", left.at, help.at);
        if (row.variable || row.fallback[0])
            printf(" [%s%s%s]", row.variable ? row.variable : "",
                   row.variable && row.fallback[0] ? ", " : "", row.fallback);
        printf("\n");
    }
}

bool option_flag(const struct options *options, enum option option)
{
    return options->value[option][0] != '\0';
}

enum err option_read_int(const struct options *options, enum option option, int64_t least,
                         int64_t most, int64_t *ret, struct error *error)
{
    if (!slice_read_int(slice_of(options->value[option]), ret) || *ret < least || *ret > most)
        return error_set(error, ERR_USAGE, "--%s %s: it must be a whole number from %lld to %lld",
                         row_of(&options->domain, option).name, options->value[option],
                         (long long)least, (long long)most);
    return OK;
}

int64_t option_int(const struct options *options, enum option option)
{
    int64_t value;
    REQUIRE(slice_read_int(slice_of(options->value[option]), &value)); /* by check_values() */
    return value;
}

json_t *options_of_domain(const struct options *options)
{
    json_t *values = json_object();
    const struct domain_option *own = options->domain.options;
    for (enum option option = OPTION_OF_DOMAIN; own->name; own++, option++)
        json_object_set_new(values, own->name,
                            own->least || own->most ? json_integer(option_int(options, option))
                                                    : json_string(options->value[option]));
    return values;
}

enum err option_endpoint(const struct options *options, struct text *url, struct error *error)
{
    const char *to = options->value[OPTION_TO];
    bool is_http = strncmp(to, "http://", 7) == 0 || strncmp(to, "https://", 8) == 0;
    if (to[0] && !is_http)
        return error_set(error, ERR_USAGE, "--to %s: it must begin with http:// or https://", to);
    if (to[0])
        text_add(url, to);
    else
        listen_write_url(options->value[OPTION_COMMANDS_LISTEN], url);
    while (url->length > 0 && url->at[url->length - 1] == '/')
        url->at[--url->length] = '\0';
    return OK;
}

const char *option_log_url(const struct options *options)
{
    return options->log_url;
}

const char *option_or_null(const struct options *options, enum option option)
{
    return options->value[option][0] ? options->value[option] : NULL;
}

static void export_option(const struct options *options, enum option option)
{
    struct row row = row_of(&options->domain, option);
    if (row.variable && options->value[option][0])
        setenv(row.variable, options->value[option], 1);
}

void options_export(const struct options *options)
{
    for (enum option option = 0; option < OPTION_COUNT; option++)
        export_option(options, option);
    for (size_t i = 0; i < count_options(&options->domain); i++)
        export_option(options, OPTION_OF_DOMAIN + (enum option)i);
    unsetenv(table[OPTION_METRICS_LISTEN].variable);
}
