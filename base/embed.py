#!/usr/bin/env python3
"""Turns files into a C table: embed.py OUT.c TABLE FILE...

The table is `const struct embedded_file TABLE[]`, sorted by name, closed by an entry with a NULL
name; the name is the file's base name. See base/embedded.h.
"""
import os
import sys

out, table, files = sys.argv[1], sys.argv[2], sys.argv[3:]
with open(out, "w", encoding="ascii") as c:
    c.write('#include "base/embedded.h"\n\n')
    c.write(f"extern const struct embedded_file {table}[];\n")
    names = sorted((os.path.basename(f), f) for f in files)
    for i, (_, path) in enumerate(names):
        data = open(path, "rb").read()
        c.write(f"static const char file_{i}[] = {{")
        for at in range(0, len(data), 16):
            c.write("\n    " + " ".join(f"'\\x{b:02x}'," for b in data[at : at + 16]))
        c.write("\n    '\\0'};\n")
    c.write(f"const struct embedded_file {table}[] = {{\n")
    for i, (name, _) in enumerate(names):
        c.write(f'    {{"{name}", {{file_{i}, sizeof file_{i} - 1}}}},\n')
    c.write("    {0, {0, 0}},\n};\n")
