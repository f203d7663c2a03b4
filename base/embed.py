#!/usr/bin/env python3
"""Turns files into C tables: embed.py [--depfile FILE] OUT.c --table TABLE PATH... [--table TABLE PATH...]...

A table is `const struct embedded_file TABLE[]`, sorted by name, closed by an entry with a NULL name; the name is
the file's base name. See base/embedded.h. A PATH with a * stands for all files that match; none is allowed. With
--depfile, ninja runs the command again when a file in that folder is added, changed or removed.
"""
import argparse
import glob
import os

options = argparse.ArgumentParser()
options.add_argument("--depfile")
options.add_argument("out")
options.add_argument("--table", dest="tables", nargs="+", action="append", required=True)
given = options.parse_args()


def expand(path):
    return sorted(glob.glob(path)) if "*" in path else [path]


def folder_of(pattern):
    """The folder of the pattern, or its nearest parent that exists."""
    folder = os.path.dirname(pattern)
    while not os.path.isdir(folder):
        folder = os.path.dirname(folder)
    return folder


def write_table(c, table, files):
    c.write(f"extern const struct embedded_file {table}[];\n")
    names = sorted((os.path.basename(f), f) for f in files)
    for i, (_, path) in enumerate(names):
        with open(path, "rb") as file:
            data = file.read()
        c.write(f"static const char {table}_{i}[] = {{")
        for at in range(0, len(data), 16):
            c.write("\n    " + " ".join(f"'\\x{b:02x}'," for b in data[at : at + 16]))
        c.write("\n    '\\0'};\n")
    c.write(f"const struct embedded_file {table}[] = {{\n")
    for i, (name, _) in enumerate(names):
        c.write(f'    {{"{name}", {{{table}_{i}, sizeof {table}_{i} - 1}}}},\n')
    c.write("    {0, {0, 0}},\n};\n")


read = []
with open(given.out, "w", encoding="ascii") as out:
    out.write('#include "base/embedded.h"\n\n')
    for name, *paths in given.tables:
        found = [file for path in paths for file in expand(path)]
        read += [folder_of(path) for path in paths if "*" in path] + found
        write_table(out, name, found)
if given.depfile:
    with open(given.depfile, "w", encoding="utf-8") as depfile:
        needs = " ".join(path.replace(" ", "\\ ") for path in read)
        depfile.write(f"{given.out}: {needs}\n")
