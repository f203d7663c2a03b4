/* An exposition is read line by line. A sample belongs to the metric of the HELP or TYPE line before it if
 * its name begins with that metric's name, as those of a histogram do. */
#include "operations/metrics_merge.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

struct metrics_family {
    struct text name, head, samples; /* head: its HELP and TYPE lines */
    bool head_complete;              /* an earlier exposition had the metric */
};

void metrics_merge_finish(struct metrics_merge *merge)
{
    for (size_t i = 0; i < merge->count; i++) {
        text_finish(&merge->at[i].name);
        text_finish(&merge->at[i].head);
        text_finish(&merge->at[i].samples);
    }
    free(merge->at);
    *merge = (struct metrics_merge){0};
}

/* Valid until the next call. */
static struct metrics_family *find_or_add(struct metrics_merge *merge, struct slice name)
{
    for (size_t i = 0; i < merge->count; i++)
        if (slice_equal(text_slice(&merge->at[i].name), name))
            return &merge->at[i];
    struct metrics_family *family = ARRAY_ADD(merge);
    *family = (struct metrics_family){0};
    text_add_slice(&family->name, name);
    return family;
}

static struct slice first_word(struct slice text, const char *ends)
{
    size_t length = 0;
    while (length < text.length && !strchr(ends, text.at[length]))
        length++;
    return (struct slice){text.at, length};
}

static bool begins_with(struct slice text, const char *beginning)
{
    size_t length = strlen(beginning);
    return text.length >= length && memcmp(text.at, beginning, length) == 0;
}

static void add_role(struct text *out, const char *role)
{
    text_add(out, "{role=\"");
    for (; *role; role++) {
        if (*role == '\\' || *role == '"')
            text_add_char(out, '\\');
        text_add(out, *role == '\n' ? "\\n" : (char[]){*role, '\0'});
    }
    text_add_char(out, '"');
}

/* `name 1` becomes `name{role="r"} 1`; `name{of="x"} 1` becomes `name{role="r",of="x"} 1`. */
static void add_sample(struct text *out, const char *role, struct slice name, struct slice rest)
{
    text_add_slice(out, name);
    if (role) {
        bool labelled = rest.length > 1 && rest.at[0] == '{';
        add_role(out, role);
        if (!labelled)
            text_add_char(out, '}');
        else if (rest.at[1] != '}')
            text_add_char(out, ',');
        rest = (struct slice){rest.at + labelled, rest.length - labelled};
    }
    text_add_slice(out, rest);
    text_add_char(out, '\n');
}

/* "# HELP NAME text" or "# TYPE NAME kind": the metric that the following samples belong to. */
static struct metrics_family *take_head(struct metrics_merge *merge, struct slice line)
{
    struct slice rest = {line.at + strlen("# HELP "), line.length - strlen("# HELP ")};
    struct metrics_family *family = find_or_add(merge, first_word(rest, " "));
    if (!family->head_complete) {
        text_add_slice(&family->head, line);
        text_add_char(&family->head, '\n');
    }
    return family;
}

static struct metrics_family *take_sample(struct metrics_merge *merge,
                                          struct metrics_family *family, const char *role,
                                          struct slice line)
{
    struct slice name = first_word(line, "{ ");
    if (!family || !begins_with(name, family->name.at))
        family = find_or_add(merge, name);
    add_sample(&family->samples, role, name,
               (struct slice){line.at + name.length, line.length - name.length});
    return family;
}

void metrics_merge_add(struct metrics_merge *merge, const char *role, struct slice exposition)
{
    struct metrics_family *family = NULL;
    while (exposition.length > 0) {
        struct slice line = first_word(exposition, "\n");
        size_t taken = line.length + (line.length < exposition.length);
        exposition = (struct slice){exposition.at + taken, exposition.length - taken};
        if (begins_with(line, "# HELP ") || begins_with(line, "# TYPE "))
            family = take_head(merge, line);
        else if (line.length > 0 && line.at[0] != '#')
            family = take_sample(merge, family, role, line);
    }
    for (size_t i = 0; i < merge->count; i++)
        merge->at[i].head_complete = true;
}

void metrics_merge_write(const struct metrics_merge *merge, struct text *out)
{
    for (size_t i = 0; i < merge->count; i++) {
        text_add_slice(out, text_slice(&merge->at[i].head));
        text_add_slice(out, text_slice(&merge->at[i].samples));
    }
}
