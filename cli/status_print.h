/* Prints the status document of operations/status.h as a table for people. */
#pragma once

#include <jansson.h>

void status_print(const json_t *status);
