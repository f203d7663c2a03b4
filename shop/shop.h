/* The domain of the program that ships: orders, inventory, payments, and the saga that fulfils
 * orders. It uses only the headers that annal installs, as any domain outside the tree does. */
#pragma once

#include "cli/domain.h"

extern const struct domain shop;
