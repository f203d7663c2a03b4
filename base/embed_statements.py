#!/usr/bin/env python3
"""Turns a file of named SQL statements into C: embed_statements.py FILE.sql HEADER FOLDER.

HEADER is the name by which C code includes the header; FOLDER gets it and the .c file.

A line `-- name: NAME` begins a statement; the file's name without "s.sql" is the prefix. log_statements.sql with
`-- name: head` gives `enum log_statement { LOG_STATEMENT_HEAD, …, LOG_STATEMENT_COUNT }` and the table
`const struct sql_text log_statements[]`, indexed by it. See base/statement_set.h.
"""
import os
import re
import sys

source, header, folder = sys.argv[1:]
table = os.path.basename(source).removesuffix(".sql")
stem = os.path.join(folder, table)
singular = table.removesuffix("s")
_, *parts = re.split(r"^-- name: *(\w+) *\n", open(source, encoding="ascii").read(), flags=re.MULTILINE)
names = parts[::2]
texts = [re.sub(r"^--.*\n?", "", text, flags=re.MULTILINE).strip() for text in parts[1::2]]
if len(set(names)) != len(names) or not all(texts):
    sys.exit(f"{source}: each name must be unique and have a statement")
values = [f"{singular.upper()}_{name.upper()}" for name in names]


def c_string(text):
    lines = text.replace("\\", "\\\\").replace('"', '\\"').split("\n")
    return '\n     "' + '\\n"\n     "'.join(lines) + '"'


with open(stem + ".h", "w", encoding="ascii") as out:
    out.write(f'/* Generated from {os.path.basename(source)}. */\n#pragma once\n\n#include "base/statement_set.h"\n\n')
    out.write(f"enum {singular} {{\n" + "".join(f"    {value},\n" for value in values))
    out.write(f"    {singular.upper()}_COUNT,\n}};\n\n")
    out.write(f"extern const struct sql_text {table}[{singular.upper()}_COUNT];\n")
with open(stem + ".c", "w", encoding="ascii") as out:
    out.write(f'#include "{header}"\n\n')
    out.write(f"const struct sql_text {table}[] = {{\n")
    for name, text in zip(names, texts):
        out.write(f'    {{"{name}",{c_string(text)}}},\n')
    out.write("};\n")
