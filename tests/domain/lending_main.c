/* annal over the tests' domain, for tests of the engine in real processes. */
#include "cli/annal.h"
#include "tests/domain/lending.h"

int main(int argc, char **argv)
{
    return annal_main(argc, argv, &lending);
}
