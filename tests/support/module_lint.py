"""Checks the modules: each states what it may include and the order of its folders,
and includes nothing else.

module_lint.py ROOT: reads the "# may include:" and "# folders, from the ground up:" lines of each module's
meson.build, and fails on an #include of another module or of a folder above, on a header of another library
outside the files that may include it, on a file that is in no meson.build, on paths named in README.md and docs
that do not exist, and on code they show of an example that is not in it. Prints TAP.
"""
import os
import re
import sys

root = sys.argv[1]
MODULES = ["base", "telemetry", "http", "schema", "event_store", "write_model", "read_model", "bus", "projectors", "sagas", "operations", "api", "cli", "shop"]
LIBRARIES = {
    "amqp": {"bus/amqp.c"},
    "microhttpd.h": {"http/"},
    "sqlite3.h": {"base/db.c", "base/db_open.c", "base/joining_vfs.c", "base/statement.c", "read_model/definition/guard.c"},
    "curl/": {"http/http_calls.c"},
    "openssl/": {"base/sha256.c"},
    "uuid/": {"base/id.c"},
    "pcre2.h": {"schema/json_schema/pattern.c"},
}

results = []


def claim(name, faults):
    results.append((name, faults))


def read(path):
    with open(os.path.join(root, path), encoding="utf-8") as f:
        return f.read()


def files_of(module, endings=(".c", ".h", ".def")):
    for folder, _, names in sorted(os.walk(os.path.join(root, module))):
        for name in sorted(names):
            if name.endswith(endings):
                yield os.path.relpath(os.path.join(folder, name), root)


modules = [module for module in MODULES if os.path.isdir(os.path.join(root, module))]
allowed, faults = {}, []
for module in modules:
    text = read(f"{module}/meson.build")
    found = re.search(r"^# may include: (.*)$", text, re.M)
    for line in ("# in:", "# out:", "# may include:"):
        if line not in text:
            faults.append(f"{module}/meson.build: no line '{line}'")
    words = found.group(1).split() if found else []
    allowed[module] = {module} | {w for w in words if w in MODULES}
claim("every_module_says_what_comes_in_and_out_and_what_it_may_include", faults)

faults, library_faults = [], []
for module in modules:
    for path in files_of(module):
        for include in re.findall(r'^\s*#include [<"]([^>"]+)[>"]', read(path), re.M):
            other = include.split("/")[0]
            if other in MODULES and "/" in include and other not in allowed[module]:
                faults.append(f"{path}: includes {include}, but {module} may not include {other}")
            for header, homes in LIBRARIES.items():
                if include.startswith(header) and not any(path.startswith(home) for home in homes):
                    library_faults.append(f"{path}: {include} belongs to {', '.join(sorted(homes))}")
claim("no_module_includes_what_it_may_not", faults)

faults = []
for module in modules:
    stated = re.search(r"^# folders, from the ground up: (.*)$", read(f"{module}/meson.build"), re.M)
    folders = stated.group(1).split() if stated else []
    if stated and {f for f in os.listdir(os.path.join(root, module)) if list(files_of(f"{module}/{f}"))} != set(folders):
        faults.append(f"{module}/meson.build: its folders are not {stated.group(1)}")
    for at, folder in enumerate(folders):
        for path in files_of(f"{module}/{folder}"):
            for include in re.findall(r'^\s*#include "%s/([a-z_]+)/' % module, read(path), re.M):
                if include in folders[at + 1:]:
                    faults.append(f"{path}: includes {module}/{include}/, which stands above {folder}/")
claim("no_folder_of_a_module_includes_one_above_it", faults)

faults = []
for module in modules:
    for path in files_of(module):
        for include in re.findall(r'^\s*#include "(event_store/[^"]+)"', read(path), re.M):
            if include.startswith("event_store/sqlite/") and not path.startswith("event_store/sqlite/"):
                faults.append(f"{path}: includes {include}; the log is opened through event_store/event_store.h")
            if include == "event_store/event_store_engine.h" and not path.startswith("event_store/"):
                faults.append(f"{path}: includes {include}, which is private to event_store/")
claim("the_engines_of_the_log_stay_behind_its_interface", faults)

faults = []
installed = set(re.findall(r"'([a-z_/]+\.(?:h|def))'", read("meson.build")))
for path in files_of("shop"):
    for include in re.findall(r'^\s*#include "([^"]+)"', read(path), re.M):
        if not include.startswith("shop/") and include not in installed:
            faults.append(f"{path}: includes {include}, which a domain outside the tree does not have")
claim("the_domain_that_ships_includes_what_is_installed_alone", faults)
claim("libraries_stay_in_their_files", library_faults)

faults = []
order = re.findall(r"^subdir\('([a-z_]+)'\)", read("meson.build"), re.M)
listed = [module for module in order if module in MODULES]
if listed != [module for module in modules if module in listed] or set(listed) != set(modules):
    faults.append(f"meson.build lists {listed}, the tree has {modules}")
for module in modules:
    builds = "".join(read(p) for p in files_of(module, ("meson.build",)))
    for path in files_of(module, (".c",)):
        if f"'{os.path.relpath(path, module)}'" not in builds and f"'{os.path.basename(path)}'" not in builds:
            faults.append(f"{path} is in no meson.build")
claim("every_module_and_file_is_built", faults)

places = {}
for folder in modules + ["tests", "bench"]:
    for path in files_of(folder, (".c", ".h")):
        places.setdefault(os.path.basename(path), []).append(path)
claim("every_file_name_is_unique", [" and ".join(paths) + " have one name"
                                    for paths in places.values() if len(paths) > 1])

faults = []
for document in ["README.md", "CONTRIBUTING.md"] + list(files_of("docs", (".md",))):
    if not os.path.exists(os.path.join(root, document)):
        continue
    for path in re.findall(r"`((?:%s|tests|bench|deploy|docs|examples)/[A-Za-z0-9_./-]+)`" % "|".join(MODULES), read(document)):
        if not os.path.exists(os.path.join(root, path)):
            faults.append(f"{document} names {path}, which does not exist")
    for path in re.findall(r"\]\(([A-Za-z0-9_./-]+)(?:#[^)]*)?\)", read(document)):
        if not os.path.exists(os.path.join(root, os.path.dirname(document), path)):
            faults.append(f"{document} links to {path}, which does not exist")
claim("paths_named_in_documents_exist", faults)

faults = []
for document in files_of("docs", (".md",)):
    for path, code in re.findall(r"`((?:examples|shop)/[^`\n]+\.[a-z]+)`[^`]*\n\n```\w+\n(.*?)```\n", read(document), re.S):
        if os.path.isfile(os.path.join(root, path)) and code not in read(path):
            faults.append(f"{document} shows code of {path} that is not in it")
claim("code_shown_of_an_example_stands_in_it", faults)

faults = []
if os.path.exists(os.path.join(root, "docs/reference/http.md")):
    http = read("docs/reference/http.md")
    for slug in re.findall(r'^ERROR\([A-Z_]+, [A-Z]+, \d+, "([a-z0-9-]+)"', read("base/error.def"), re.M):
        if f"`{slug}`" not in http:
            faults.append(f"docs/reference/http.md does not document the problem {slug}")
else:
    faults.append("docs/reference/http.md is missing")
claim("every_problem_type_is_documented", faults)

faults = []
for module in modules + ["tests", "bench", "examples"]:
    for path in files_of(module, (".c", ".h")):
        text = read(path)
        for call in re.findall(r"\b(system|popen|strcpy|strcat|sprintf|gets|usleep|sleep)\s*\(", text):
            faults.append(f"{path}: calls {call}()")
        if path.endswith(".c") and module not in ("tests", "bench", "examples"):
            for mark in re.findall(r"\b(TODO|FIXME|XXX|HACK)\b", text):
                faults.append(f"{path}: {mark}")
claim("no_call_that_must_not_be_made", faults)

print(f"1..{len(results)}")
for i, (name, faults) in enumerate(results, 1):
    print(f"{'not ok' if faults else 'ok'} {i} - {name}")
    for fault in faults:
        print(f"# {fault}")
sys.exit(1 if any(faults for _, faults in results) else 0)
