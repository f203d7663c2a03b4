/* The program: every role and task of annal, over trips. */
#include "cli/annal.h"
#include "domain.h"

int main(int argc, char **argv)
{
    return annal_main(argc, argv, &travel);
}
