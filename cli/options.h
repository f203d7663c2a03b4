/* The options of options.def, read from the command line or ANNAL_* variables. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "cli/domain.h"

#include <jansson.h>
#include <stdint.h>

enum option {
#define OPTION(id, name, variable, argument, fallback, least, most, help) OPTION_##id,
#include "cli/options.def"
#undef OPTION
    OPTION_COUNT,
    OPTION_OF_DOMAIN, /* in a subcommand's list: all options of the domain; the first of them */
    OPTION_END = OPTION_OF_DOMAIN + DOMAIN_OPTIONS_MOST,
};

#define ARGUMENTS_MOST 64

struct options {
    struct domain domain;          /* the one that --domain names (domain_choose()) */
    const char *value[OPTION_END]; /* never NULL; of a flag: "" or "1" */
    const char *argument[ARGUMENTS_MOST + 1];
    size_t argument_count;
    char log_url[4096]; /* option_log_url() */
};

/* Reads the words after the subcommand's name and checks the value of each option in `allowed`, which
 * is closed by OPTION_COUNT: integers, addresses to listen on, and the variables of flags. `own` is the
 * program's domain. ERR_USAGE names the wrong word, option or variable. */
MUST_CHECK enum err options_read(const enum option *allowed, const struct domain *own, int count,
                                 char *const *words, struct options *ret_options,
                                 struct error *error);

/* Prints a subcommand's options with their variables and fallbacks. */
void options_print(const enum option *allowed, const struct domain *own);

bool option_flag(const struct options *options, enum option option);

/* The value of an option with a range, which must be in the subcommand's list. */
int64_t option_int(const struct options *options, enum option option);

/* Reads the value as an integer from `least` to `most`, else ERR_USAGE. */
MUST_CHECK enum err option_read_int(const struct options *options, enum option option,
                                    int64_t least, int64_t most, int64_t *ret, struct error *error);

/* Where commands are sent: --to, else --commands-listen, as a URL without a slash at its end. */
MUST_CHECK enum err option_endpoint(const struct options *options, struct text *url,
                                    struct error *error);

/* The URL of the log: --log, else sqlite:DIR of --data. */
const char *option_log_url(const struct options *options);

/* NULL if it is empty. */
const char *option_or_null(const struct options *options, enum option option);

/* The values of the domain's options by name: numbers and texts. The caller owns them. */
json_t *options_of_domain(const struct options *options);

/* Sets the environment variable of every option that has a value, for child processes, except that of
 * --metrics-listen, which it removes: one address cannot serve several processes. */
void options_export(const struct options *options);
