/* The program that ships, over the domain that ships. */
#include "cli/annal.h"

int main(int argc, char **argv)
{
    return annal_main(argc, argv, &(struct domain){0});
}
