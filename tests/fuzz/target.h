/* A fuzz target: whatever the bytes are, it returns; it crashes if something that must hold does
 * not. */
#pragma once

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);
