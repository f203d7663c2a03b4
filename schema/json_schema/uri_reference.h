/* URI references resolved against a base (RFC 3986 §5.2), as text; nothing is ever fetched. */
#pragma once

#include "base/text.h"

/* Adds what `reference` means against `base` to `out`, without its fragment, and returns the
 * fragment: behind the '#', borrowed from the reference, empty if there is none. An empty base
 * leaves a reference as it is. */
struct slice uri_reference_resolve(struct slice base, struct slice reference, struct text *out);
