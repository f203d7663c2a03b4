#include "base/program.h"

#define WRITTEN_AS "annal"

static const char *name = WRITTEN_AS;

void program_use(const char *argv0)
{
    const char *slash = strrchr(argv0, '/');
    const char *base = slash ? slash + 1 : argv0;
    name = base[0] ? base : WRITTEN_AS;
}

const char *program_name(void)
{
    return name;
}

void program_add_text(struct text *out, const char *text)
{
    size_t length = strlen(WRITTEN_AS);
    for (const char *at = text; *at; at++) {
        bool begins_word = at == text || strchr(" `(\n", at[-1]);
        if (begins_word && strncmp(at, WRITTEN_AS " ", length + 1) == 0) {
            text_add(out, name);
            at += length - 1;
        } else {
            text_add_char(out, *at);
        }
    }
}
