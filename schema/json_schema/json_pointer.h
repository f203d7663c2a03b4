/* The segments of a JSON Pointer (RFC 6901), one after another. */
#pragma once

/* Cuts the next segment off `*rest` (what stands behind a slash), undoing ~1 and ~0 in place;
 * `*rest` is what stands behind the next slash, NULL after the last one. */
char *json_pointer_take(char **rest);
