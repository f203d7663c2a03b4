#include "cli/new_words.h"

#include <stdio.h>
#include <string.h>

#define NAME_MOST 24

/* Names that an aggregate cannot have: keywords of C, folders and files of the program, and names
 * in the headers of annal that it includes. */
static const char *const reserved[] = {
    "aggregate",     "auto",      "bool",           "break",    "build",
    "case",          "catalogue", "char",           "command",  "commands",
    "const",         "data",      "decision",       "default",  "do",
    "domain",        "double",    "else",           "enum",     "errno",
    "error",         "event",     "events",         "extern",   "float",
    "for",           "free",      "goto",           "if",       "inline",
    "int",           "json",      "long",           "main",     "models",
    "none",          "register",  "restrict",       "return",   "saga",
    "schemas",       "short",     "signed",         "size",     "sizeof",
    "slice",         "state",     "static",         "struct",   "switch",
    "test",          "tests",     "text",           "type",     "typedef",
    "union",         "unsigned",  "void",           "volatile", "while",
    "all",           "begin",     "create",         "end",      "evolve",
    "domain_choose", "note",      "scenario_event", "when",     "then",
    "given",
};

static const char *const irregular[][2] = {
    {"begin", "begun"}, {"buy", "bought"},         {"cancel", "cancelled"}, {"choose", "chosen"},
    {"find", "found"},  {"give", "given"},         {"hold", "held"},        {"lend", "lent"},
    {"lose", "lost"},   {"make", "made"},          {"pay", "paid"},         {"put", "put"},
    {"read", "read"},   {"sell", "sold"},          {"send", "sent"},        {"set", "set"},
    {"take", "taken"},  {"withdraw", "withdrawn"}, {"write", "written"},
};

/* True if it begins with a letter and has only a-z, digits, and single `joint` characters in between. */
static bool is_word(struct slice word, char joint, size_t most)
{
    bool is = word.length > 0 && word.length <= most && word.at[0] >= 'a' && word.at[0] <= 'z' &&
              word.at[word.length - 1] != joint;
    for (size_t i = 0; is && i < word.length; i++) {
        char c = word.at[i];
        is = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             (c == joint && word.at[i - 1] != joint);
    }
    return is;
}

static bool is_vowel(char c)
{
    return strchr("aeiou", c) != NULL;
}

/* "ship" → "shipped": one vowel between consonants, in a word of one syllable. */
static bool doubles_its_end(const char *verb, size_t length)
{
    size_t vowels = 0;
    for (size_t i = 0; i < length; i++)
        vowels += is_vowel(verb[i]);
    return length >= 3 && vowels == 1 && is_vowel(verb[length - 2]) &&
           !is_vowel(verb[length - 1]) && !strchr("wxy", verb[length - 1]);
}

static void add_participle(struct slice verb, struct text *out)
{
    for (size_t i = 0; i < sizeof irregular / sizeof *irregular; i++)
        if (slice_is(verb, irregular[i][0])) {
            text_add(out, irregular[i][1]);
            return;
        }
    char last = verb.at[verb.length - 1];
    bool is_y = last == 'y' && verb.length > 1 && !is_vowel(verb.at[verb.length - 2]);
    text_add_bytes(out, verb.at, verb.length - is_y);
    if (doubles_its_end(verb.at, verb.length))
        text_add_char(out, last);
    text_add(out, is_y ? "ied" : last == 'e' ? "d" : "ed");
}

/* "add-note" → "note-added" */
static void derive_event(const char *command, struct text *out)
{
    size_t verb = strcspn(command, "-");
    if (command[verb])
        text_printf(out, "%s-", command + verb + 1);
    add_participle((struct slice){command, verb}, out);
}

static void copy_as_c(const char *word, char *out)
{
    for (; *word; word++)
        *out++ = *word == '-' ? '_' : *word;
    *out = '\0';
}

static enum err read_command(const char *name, const char *word, struct new_command *ret,
                             struct error *error)
{
    const char *equals = strchr(word, '=');
    struct slice command = {word, equals ? (size_t)(equals - word) : strlen(word)};
    if (!is_word(command, '-', NAME_MOST))
        return error_set(error, ERR_USAGE,
                         "the command \"%.*s\" must be 1 to %d of a-z, 0-9 and single -, a letter "
                         "first",
                         SLICE(command), NAME_MOST);
    snprintf(ret->command, sizeof ret->command, "%.*s", SLICE(command));
    AUTO(text) struct text event = {0};
    if (equals)
        text_add(&event, equals + 1);
    else
        derive_event(ret->command, &event);
    if (!is_word(text_slice(&event), '-', NAME_MOST + 4))
        return error_set(
            error, ERR_USAGE,
            "the event \"%s\" of %s must be 1 to %d of a-z, 0-9 and single -, a letter "
            "first",
            event.at ? event.at : "", ret->command, NAME_MOST + 4);
    snprintf(ret->event, sizeof ret->event, "%s", event.at);
    copy_as_c(ret->command, ret->c_command);
    copy_as_c(ret->event, ret->c_event);
    snprintf(ret->type, sizeof ret->type, "%s.%s.v1", name, event.at);
    return OK;
}

static enum err check_name(const char *name, struct error *error)
{
    if (!is_word(slice_of(name), '_', NAME_MOST))
        return error_set(error, ERR_USAGE,
                         "the aggregate \"%s\" must be 1 to %d of a-z, 0-9 and single _, a letter "
                         "first",
                         name, NAME_MOST);
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(name, reserved[i]) == 0)
            return error_set(error, ERR_USAGE,
                             "the aggregate cannot be called \"%s\": C or annal reserves the word; "
                             "choose another",
                             name);
    return OK;
}

static enum err check_apart(const struct new_names *names, const struct new_command *command,
                            struct error *error)
{
    AUTO(text) struct text file = {0};
    text_printf(&file, "%s_aggregate", names->name);
    if (strcmp(command->c_command, file.at) == 0)
        return error_set(error, ERR_USAGE, "the command cannot be called %s: a file has that name",
                         command->command);
    for (size_t i = 0; i < names->count; i++)
        if (strcmp(names->commands[i].command, command->command) == 0 ||
            strcmp(names->commands[i].event, command->event) == 0)
            return error_set(error, ERR_USAGE,
                             "the commands %s and %s are the same or cause the same event %s; "
                             "COMMAND=EVENT names another",
                             names->commands[i].command, command->command, command->event);
    return OK;
}

enum err new_words_read(const char *name, const char *const *words, size_t count,
                        struct new_names *ret_names, struct error *error)
{
    struct new_names names = {.name = name};
    enum err err = check_name(name, error);
    if (!err && count > NEW_COMMANDS_MOST)
        err =
            error_set(error, ERR_USAGE, "more than %d commands; add the others to the files later",
                      NEW_COMMANDS_MOST);
    for (size_t i = 0; !err && i < count; i++) {
        struct new_command *command = &names.commands[names.count];
        err = read_command(name, words[i], command, error);
        if (!err)
            err = check_apart(&names, command, error);
        names.count++;
    }
    if (!err)
        *ret_names = names;
    return err;
}

static bool add_of_command(const struct new_command *command, struct slice token, struct text *out)
{
    const struct {
        const char *token, *value;
    } values[] = {{"command", command->command},
                  {"c_command", command->c_command},
                  {"event", command->event},
                  {"c_event", command->c_event},
                  {"type", command->type}};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        if (slice_is(token, values[i].token)) {
            text_add(out, values[i].value);
            return true;
        }
    return false;
}

/* False if the token is unknown. */
static bool add_token(const struct new_names *names, const struct new_command *command,
                      struct slice token, struct text *out)
{
    static const char first[] = "first_";
    if (slice_is(token, "name")) {
        text_add(out, names->name);
    } else if (slice_is(token, "types")) {
        for (size_t i = 0; i < names->count; i++)
            text_printf(out, "%s%s", i ? ", " : "", names->commands[i].type);
    } else if (command &&
               slice_is(token, "pad")) { /* aligned with the parameter in the line before */
        size_t width = strlen("enum err __decide(") + strlen(names->name);
        text_printf(out, "%*s", (int)(width + strlen(command->c_command)), "");
    } else if (token.length > strlen(first) && memcmp(token.at, first, strlen(first)) == 0) {
        token = (struct slice){token.at + strlen(first), token.length - strlen(first)};
        return add_of_command(&names->commands[0], token, out);
    } else {
        return command && add_of_command(command, token, out);
    }
    return true;
}

static void expand_line(const struct new_names *names, const struct new_command *command,
                        struct slice line, struct text *out)
{
    while (line.length > 0) {
        const char *at = memchr(line.at, '@', line.length);
        size_t plain = at ? (size_t)(at - line.at) : line.length;
        text_add_bytes(out, line.at, plain);
        line = (struct slice){line.at + plain, line.length - plain};
        const char *end = line.length ? memchr(line.at + 1, '@', line.length - 1) : NULL;
        struct slice token = {line.at + 1, end ? (size_t)(end - line.at - 1) : 0};
        if (end && add_token(names, command, token, out)) {
            line = (struct slice){end + 1, line.length - token.length - 2};
        } else if (line.length > 0) {
            text_add_char(out, '@');
            line = (struct slice){line.at + 1, line.length - 1};
        }
    }
}

static struct slice take_line(struct slice *text)
{
    const char *newline = memchr(text->at, '\n', text->length);
    size_t length = newline ? (size_t)(newline - text->at) + 1 : text->length;
    struct slice line = {text->at, length};
    *text = (struct slice){text->at + length, text->length - length};
    return line;
}

/* The lines up to "@end", taken from `text`. */
static struct slice take_block(struct slice *text)
{
    struct slice block = {text->at, 0};
    while (text->length > 0) {
        struct slice line = take_line(text);
        if (slice_is(line, "@end\n"))
            break;
        block.length += line.length;
    }
    return block;
}

void new_words_expand(const struct new_names *names, const struct new_command *command,
                      struct slice template, struct text *out)
{
    while (template.length > 0) {
        struct slice line = take_line(&template);
        bool each = slice_is(line, "@each\n"), rest = slice_is(line, "@rest\n");
        if (!each && !rest) {
            expand_line(names, command, line, out);
            continue;
        }
        struct slice block = take_block(&template);
        for (size_t i = rest; i < names->count; i++)
            expand_line(names, &names->commands[i], block, out);
    }
}
