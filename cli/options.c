#include "cli/options.h"

#include "base/program.h"

#include <stdio.h>

static const struct {
    const char *name, *variable, *argument, *fallback, *help;
} table[] = {
#define OPTION(id, name, variable, argument, fallback, help)                                       \
    {name, variable, argument, fallback, help},
#include "cli/options.def"
#undef OPTION
};

static const char *fallback_of(enum option option, const struct domain *own)
{
    return option == OPTION_DOMAIN ? own->name : table[option].fallback;
}

static void set_fallbacks(const struct domain *own, struct options *options)
{
    for (enum option option = 0; option < OPTION_COUNT; option++) {
        const char *value = table[option].variable ? getenv(table[option].variable) : NULL;
        options->value[option] = value && value[0] ? value : fallback_of(option, own);
    }
}

static enum err unknown_option(const enum option *allowed, struct slice name, struct error *error)
{
    const char *names[OPTION_COUNT];
    size_t count = 0;
    for (; *allowed != OPTION_COUNT; allowed++)
        names[count++] = table[*allowed].name;
    const char *nearest = text_nearest(name, names, count);
    return error_set(error, ERR_USAGE, "unknown option --%.*s%s%s%s", SLICE(name),
                     nearest ? " (did you mean --" : "", nearest ? nearest : "",
                     nearest ? "?)" : "");
}

/* `word` begins with "--"; its value is behind "=" or is the next word. */
static enum err read_option(const enum option *allowed, const char *word, const char *next,
                            bool *ret_took_next, struct options *options, struct error *error)
{
    const char *equals = strchr(word, '=');
    struct slice name = {word + 2, equals ? (size_t)(equals - word - 2) : strlen(word + 2)};
    while (*allowed != OPTION_COUNT && !slice_is(name, table[*allowed].name))
        allowed++;
    *ret_took_next = false;
    if (*allowed == OPTION_COUNT)
        return ERR_NOT_FOUND;
    enum option option = *allowed;
    if (!table[option].argument) {
        if (equals)
            return error_set(error, ERR_USAGE, "--%s takes no value", table[option].name);
        options->value[option] = "1";
        return OK;
    }
    if (!equals && !next)
        return error_set(error, ERR_USAGE, "--%s wants a value: --%s %s", table[option].name,
                         table[option].name, table[option].argument);
    *ret_took_next = !equals;
    options->value[option] = equals ? equals + 1 : next;
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

enum err options_read(const enum option *allowed, const struct domain *own, int count,
                      char *const *words, struct options *ret_options, struct error *error)
{
    struct options options = {0};
    bool only_arguments = false;
    set_fallbacks(own, &options);
    for (int i = 0; i < count; i++) {
        if (!only_arguments && strcmp(words[i], "--") == 0) {
            only_arguments = true;
        } else if (!only_arguments && strncmp(words[i], "--", 2) == 0) {
            bool took_next;
            enum err err = read_option(allowed, words[i], i + 1 < count ? words[i + 1] : NULL,
                                       &took_next, &options, error);
            if (err == ERR_NOT_FOUND)
                return unknown_option(allowed, slice_of(words[i] + 2), error);
            if (err)
                return err;
            i += took_next;
        } else if (options.argument_count == ARGUMENTS_MOST) {
            return error_set(error, ERR_USAGE, "more than %d arguments", ARGUMENTS_MOST);
        } else {
            options.argument[options.argument_count++] = words[i];
        }
    }
    enum err err = domain_choose(own, options.value[OPTION_DOMAIN], &options.domain, error);
    if (!err)
        err = choose_log(&options, error);
    if (!err)
        *ret_options = options;
    return err;
}

void options_print(const enum option *allowed, const struct domain *own)
{
    printf("Options:\n");
    for (; *allowed != OPTION_COUNT; allowed++) {
        AUTO(text) struct text left = {0};
        text_printf(&left, "--%s", table[*allowed].name);
        if (table[*allowed].argument)
            text_printf(&left, " %s", table[*allowed].argument);
        AUTO(text) struct text help = {0};
        program_add_text(&help, table[*allowed].help);
        printf("  %-27s %s", left.at, help.at);
        const char *variable = table[*allowed].variable, *fallback = fallback_of(*allowed, own);
        if (variable || fallback[0])
            printf(" [%s%s%s]", variable ? variable : "", variable && fallback[0] ? ", " : "",
                   fallback);
        printf("\n");
    }
}

bool option_flag(const struct options *options, enum option option)
{
    return options->value[option][0] != '\0';
}

enum err option_int(const struct options *options, enum option option, int64_t least, int64_t most,
                    int64_t *ret, struct error *error)
{
    if (!text_read_int(slice_of(options->value[option]), ret) || *ret < least || *ret > most)
        return error_set(error, ERR_USAGE, "--%s %s: it must be a whole number from %lld to %lld",
                         table[option].name, options->value[option], (long long)least,
                         (long long)most);
    return OK;
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
        text_printf(url, "http://%s", options->value[OPTION_COMMANDS_LISTEN]);
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

const char *option_variable(enum option option)
{
    return table[option].variable;
}
