/* The state of a compilation, and the readers of keywords. Only the files that compile a schema include
 * it. */
#pragma once

#include "base/error.h"
#include "base/text.h"
#include "schema/json_schema/schema_node.h"

struct schema_reference;

/* A part of the document with a URI: the whole, and each schema with an $id. */
struct schema_resource {
    const char *uri; /* "" if the document has none */
    const json_t *json;
    struct schema_resource *next, *previous;
};

struct schema_anchor {
    const struct schema_resource *resource; /* in which the name is unique */
    const char *name;
    const json_t *json;
    struct schema_anchor *next, *previous;
};

struct schema_compiler {
    struct json_schema *schema;
    const json_t *json;                     /* the schema being read */
    const struct schema_resource *resource; /* that contains it */
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

/* --- schema_keyword.c */

/* Sets the error: at "/properties/x": keyword "minimum" must be … */
enum err schema_keyword_refuse(struct schema_compiler *compiler, const char *keyword,
                               const char *must);
/* Steps into a member or element; the result is the argument of schema_keyword_step_out(). */
size_t schema_keyword_step_in(struct schema_compiler *compiler, const char *name);
void schema_keyword_step_out(struct schema_compiler *compiler, size_t outside);
/* Zeroed, in the schema's arena. */
void *schema_keyword_allocate(struct schema_compiler *compiler, size_t count, size_t size);
/* Compiles an expression and adds it to the schema. */
MUST_CHECK enum err schema_keyword_add_pattern(struct schema_compiler *compiler,
                                               const char *keyword, const char *text,
                                               struct pattern **ret_pattern);
schema_read_fn schema_keyword_read_pattern, schema_keyword_read_type,
    schema_keyword_read_enumeration, schema_keyword_read_value, schema_keyword_read_number,
    schema_keyword_read_divisor, schema_keyword_read_count, schema_keyword_read_flag,
    schema_keyword_read_format, schema_keyword_read_required,
    schema_keyword_read_dependent_required, schema_keyword_read_draft,
    schema_keyword_read_annotation;

/* --- schema_resource.c */

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

/* --- schema_reference.c */

schema_read_fn schema_reference_read;
/* Resolves all references, when every schema has its node. */
MUST_CHECK enum err schema_reference_resolve(struct schema_compiler *compiler);

/* --- uri_reference.c: RFC 3986 §5.2 */

/* Adds `reference`, resolved against `base`, to `out` without its fragment, and returns the
 * fragment: the text behind the '#', borrowed from the reference, or empty. An empty base leaves a
 * reference unchanged. */
struct slice uri_reference_resolve(struct slice base, struct slice reference, struct text *out);

/* --- schema_compile.c */

MUST_CHECK enum err schema_compile_node(struct schema_compiler *compiler, const json_t *json,
                                        struct schema_node **ret_node);
