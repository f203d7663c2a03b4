/* The engine without a domain: no aggregate, saga, schema, read model or option. It links no part
 * of the shop. */
#include "cli/annal.h"

static const struct domain empty = {.name = "empty"};

int main(int argc, char **argv)
{
    return annal_main(argc, argv, &empty);
}
