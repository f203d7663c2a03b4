/* The whole of annal as one call: the main of the program that ships, and of one's own.
 *
 *   int main(int argc, char **argv)
 *   {
 *       return annal_main(argc, argv, &library);
 *   }
 */
#pragma once

#include "cli/domain.h"

/* Runs the subcommand that the arguments name, over this domain. What main returns. */
int annal_main(int argc, char **argv, const struct domain *domain);
