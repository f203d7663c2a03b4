"""Builds an example outside the tree, against annal as it installs itself, and holds its README to what
it prints.

outside.py BUILD ROOT EXAMPLE SANITIZE [DOCUMENT…]: installs BUILD under a directory of its own, compiles
every installed header by itself, builds ROOT/examples/EXAMPLE as its README says, runs its tests, over
RabbitMQ if there is one (ANNAL_TEST_BROKER), and then its README and the DOCUMENTs that show it as tours
(tour.py). SANITIZE is that of BUILD: the parts of one program are built alike. Prints TAP.
"""
import os
import shutil
import sys

from installed import claim, compile_program, find, scratch, install, run

build, root, example, sanitize = sys.argv[1:5]
documents = [os.path.join(root, "examples", example, "README.md")] + sys.argv[5:]
broker = os.environ.get("ANNAL_TEST_BROKER")
bus = {"ANNAL_BUS": f"{broker}/t-example_{example}"} if broker else {}
copy = os.path.join(scratch, "examples", example)


def headers_alone():
    """Every header can be the first that is included."""
    include = os.path.join(find("annal.h"), "..")
    good, said = True, ""
    for folder, _, names in sorted(os.walk(include)):
        for name in sorted(n for n in names if n.endswith(".h")):
            fine, errors = run("cc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                               "-I", include, "-include", os.path.join(folder, name), "-x", "c", "/dev/null")
            good, said = good and fine, said + errors
    return good, said


try:
    print(f"1..{4 + len(documents)}")
    claim("what_a_domain_outside_needs_is_installed",
          install(build))
    claim("every_installed_header_compiles_by_itself", headers_alone())
    shutil.copytree(os.path.join(root, "examples", example), copy)
    claim("the_example_is_built_against_it", compile_program(copy, sanitize))
    claim("the_tests_of_the_example_pass",
          run("meson", "test", "-C", copy + "/build", "--print-errorlogs", **bus))
    for document in documents:
        name = os.path.splitext(os.path.basename(document))[0].lower()
        claim(f"its_{name}_shows_what_its_commands_print",
              run("python3", os.path.join(root, "tests/support/tour.py"), document,
                  os.path.join(copy, "build", example), root))
finally:
    shutil.rmtree(scratch)
