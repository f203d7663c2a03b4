/* What the program is about. */
#pragma once

#include "cli/domain.h"

extern const struct domain travel;
