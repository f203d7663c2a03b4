"""Neither the engine nor its tests name anything of the domain that ships.

domain_lint.py ROOT: collects the words of shop/ (aggregates, commands, event types, fields, options, the saga, read
models with their tables, queries and keys) and fails on each file of the engine, or of a test folder in ENGINE_TESTS,
that has one, in comments too. Words that are also plain English count only where they can only mean the
shop: `order` in "order/…", "order.…" and "order create", not in "in order". Prints TAP.
"""
import json
import os
import re
import sys

root = sys.argv[1]
SHOP = os.path.join(root, "shop")
ENDINGS = (".c", ".h", ".def", ".sql", ".json", ".in", ".css", ".html", ".js", "meson.build")

# Words of the shop's schemas that are plain English or also words of the engine.
SHARED = {"order", "name", "reason", "method", "reference", "line", "items", "total", "amount", "street", "city", "region",
          "place", "paid", "country", "carrier"}


# Folders of tests whose domain is tests/domain/.
ENGINE_TESTS = ["api", "base", "bus", "domain", "event_store", "faults", "flow", "fuzz", "http", "operations",
                "projectors", "read_model", "sagas", "schema", "telemetry", "write_model"]
SHOP_INCLUDED = re.compile(r'#include "shop/[^"]*"')


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def files(*folder):
    for at, _, names in sorted(os.walk(os.path.join(root, *folder))):
        if "node_modules" not in at:
            yield from (os.path.join(at, name) for name in sorted(names))


def fields(schema):
    """The names of an object's members at any depth."""
    if isinstance(schema, dict):
        for name, value in schema.items():
            if name == "properties":
                yield from value
            if name not in ("examples", "example"):
                yield from fields(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from fields(value)


words, categories, commands = set(), set(), set()
for path in files("shop", "schemas"):
    stem = os.path.basename(path)[: -len(".json")]
    category, rest = stem.split(".", 1)
    categories.add(category)
    if os.path.basename(os.path.dirname(path)) == "commands":
        commands.add(rest)
    words |= {word for word in fields(json.loads(read(path))) if word not in SHARED}
for path in files("shop", "models"):
    sql = read(path)
    words.add(os.path.basename(path)[: -len(".sql")])
    words |= set(re.findall(r"^CREATE (?:TABLE|INDEX) (\w+)", sql, re.M)) | set(re.findall(r"^-- query (\w+)", sql, re.M))
    words |= set(re.findall(r"\b\w+_id\b", sql)) - {"event_id", "correlation_id", "causation_id"}
options = read(os.path.join(SHOP, "shop.c"))
words |= set(re.findall(r'\.(?:name|variable) = "([\w-]+)"', options)) - {"shop"}
for path in files("shop", "saga"):
    words |= set(re.findall(r'\.name = "(\w+)"', read(path)))
words |= categories - SHARED
words |= {command for command in commands if "-" in command}

alternatives = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
category = "|".join(sorted(categories))
command = "|".join(sorted(map(re.escape, commands)))
FORBIDDEN = re.compile(rf"""(?<![\w-])(?:{alternatives})(?![\w-])
                         | (?<![\w-])(?:{category})/[A-Z]
                         | (?<![\w-])(?:{category})\.(?:\*|[a-z][a-z-]*)(?=[.\w"`'*]|\s*\.v)
                         | (?<![\w-])(?:{category})[ ](?:{command})(?![\w-])
                         | "(?:{category})" """, re.X)

modules = re.search(r"^MODULES = (\[.*?\])", read(os.path.join(root, "tests/support/module_lint.py")), re.M | re.S)
engine = [module for module in json.loads(modules.group(1)) if module != "shop"]
tests = [os.path.join("tests", folder) for folder in ENGINE_TESTS]


def namings(folders, endings=ENDINGS):
    faults = []
    for path in (path for folder in folders for path in files(folder) if path.endswith(endings)):
        for number, line in enumerate(read(path).splitlines(), 1):
            for found in FORBIDDEN.findall(line) + SHOP_INCLUDED.findall(line):
                faults.append(f"{os.path.relpath(path, root)}:{number}: {found.strip()}")
    return faults


claims = [("the_words_of_the_shop_are_found", [] if {"customerId", "order_summary", "payment-timeout", "order_fulfilment",
                                                      "inventory"} <= words else [f"only {sorted(words)}"]),
          ("no_file_of_the_engine_names_anything_of_the_shop", namings(engine)),
          ("no_test_of_the_engine_names_anything_of_the_shop",
           namings(tests) + namings(["tests/flow", "tests/faults"], (".py",)))]
print(f"1..{len(claims)}")
for i, (name, found) in enumerate(claims, 1):
    print(f"{'not ok' if found else 'ok'} {i} - {name}")
    for fault in found:
        print(f"# {fault}")
sys.exit(1 if any(found for _, found in claims) else 0)
