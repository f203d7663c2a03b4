#include "schema/catalogue.h"
#include "base/embedded.h"
#include "base/json.h"
#include "base/text.h"
extern const struct embedded_file event_schemas[];
struct catalogue { struct catalogue_entry e[64]; size_t n; const char *names[64]; };
enum err catalogue_open(const char *d, struct catalogue **r, struct error *error)
{
    (void)d;
    struct catalogue *c = calloc(1, sizeof *c);
    for (const struct embedded_file *f = event_schemas; f->name; f++) {
        enum err err = json_read(f->text, &c->e[c->n].json, error);
        if (err) return err;
        c->e[c->n].name = strndup(f->name, strlen(f->name) - 5);
        c->e[c->n].text = f->text;
        c->names[c->n] = c->e[c->n].name;
        c->n++;
    }
    *r = c;
    return OK;
}
void catalogue_close(struct catalogue *c) { if (!c) return; for (size_t i = 0; i < c->n; i++) { free((char *)c->e[i].name); json_decref(c->e[i].json); } free(c); }
const struct catalogue_entry *catalogue_event(const struct catalogue *c, struct slice t)
{ for (size_t i = 0; i < c->n; i++) if (slice_is(t, c->e[i].name)) return &c->e[i]; return NULL; }
const char *catalogue_nearest_event(const struct catalogue *c, struct slice t) { return text_nearest(t, c->names, c->n); }
