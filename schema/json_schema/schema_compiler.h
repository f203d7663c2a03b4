/* Shared by the files that compile a schema, and only by them: their position in the document, and
 * the readers of keywords. */
#pragma once

#include "schema/json_schema/schema_node.h"

struct schema_reference;

/* A part of the document with a URI: the whole, and each schema with an $id. */
struct schema_resource {
    const char *uri; /* "" if the document has none */
    const json_t *json;
    struct schema_resource *next, *previous;
};

struct schema_anchor {
    const struct schema_resource *resource; /* it is unique in */
    const char *name;
    const json_t *json;
    struct schema_anchor *next, *previous;
};

struct schema_compiler {
    struct json_schema *schema;
    const json_t *json;                     /* the schema being read */
    const struct schema_resource *resource; /* it is in */
    struct {
        struct schema_resource *first, *last;
    } resources;
    struct {
        struct schema_anchor *first, *last;
    } anchors;
    struct {
        struct schema_reference *first, *last;
    } references;        /* to be resolved */
    struct text pointer; /* of the schema or keyword being read */
    size_t depth;        /* 1 at the top of the document */
    struct error *error;
};

/* Reads a keyword's value into its field of the node. */
typedef enum err schema_read_fn(struct schema_compiler *compiler, const char *keyword,
                                const json_t *value, void *field);

/* schema_compile.c */
MUST_CHECK enum err schema_compile_node(struct schema_compiler *compiler, const json_t *json,
                                        struct schema_node **ret_node);
/* Sets the error: at "/properties/x": keyword "minimum" must be … */
enum err schema_compile_refuse(struct schema_compiler *compiler, const char *keyword,
                               const char *must);
/* Steps into a member or element; the result is the argument of schema_compile_step_out(). */
size_t schema_compile_step_in(struct schema_compiler *compiler, const char *name);
void schema_compile_step_out(struct schema_compiler *compiler, size_t outside);
/* Zeroed, in the schema's arena. */
void *schema_compile_allocate(struct schema_compiler *compiler, size_t count, size_t size);

/* schema_keyword.c: a keyword's field and its reader; NULL for an unknown keyword. */
struct schema_keyword {
    const char *name;
    schema_read_fn *read;
    size_t field; /* offset in struct schema_node */
};
const struct schema_keyword *schema_keyword_find(const char *name);
/* The keyword with the name nearest to this, or NULL. */
const char *schema_keyword_nearest(const char *name);
MUST_CHECK enum err schema_keyword_read_pattern(struct schema_compiler *compiler,
                                                const char *keyword, const char *text,
                                                struct pattern **ret_pattern);

/* schema_applicator.c: keywords whose values are schemas */
schema_read_fn schema_applicator_read_one, schema_applicator_read_list, schema_applicator_read_map,
    schema_applicator_read_pattern_map;

/* schema_resource.c */
schema_read_fn schema_resource_read_id, schema_resource_read_anchor;
/* Begins a resource if the schema has an $id or is the whole document. */
MUST_CHECK enum err schema_resource_enter(struct schema_compiler *compiler, const json_t *json);
/* The schema with that $anchor in the resource, or NULL. */
const json_t *schema_resource_anchor(const struct schema_compiler *compiler,
                                     const struct schema_resource *resource, const char *name);
/* The resource of this document that a reference means, or NULL; adds its fragment, decoded. */
const struct schema_resource *schema_resource_find(const struct schema_compiler *compiler,
                                                   const char *base, const char *reference,
                                                   struct text *ret_fragment);

/* schema_reference.c */
schema_read_fn schema_reference_read;
MUST_CHECK enum err schema_reference_resolve(struct schema_compiler *compiler);

/* uri_reference.c: RFC 3986 §5.2 */
/* Adds `reference`, resolved against `base`, to `out` without its fragment, and returns the
 * fragment: the text behind the '#', borrowed from the reference, or empty. An empty base leaves a
 * reference unchanged. */
struct slice uri_reference_resolve(struct slice base, struct slice reference, struct text *out);
