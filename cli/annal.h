/* annal as one call: the main() of a program with a domain.
 *
 *   int main(int argc, char **argv)
 *   {
 *       return annal_main(argc, argv, &library);
 *   }
 */
#pragma once

#include "cli/domain.h"

/* Runs the subcommand that the arguments name, with this domain. Returns what main() returns. */
int annal_main(int argc, char **argv, const struct domain *domain);
