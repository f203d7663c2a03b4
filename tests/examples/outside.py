"""Builds an example outside the tree, against annal as it installs itself, and holds its README to what
it prints.

outside.py BUILD ROOT EXAMPLE SANITIZE [DOCUMENT…]: installs BUILD under a directory of its own, compiles
every installed header by itself, builds ROOT/examples/EXAMPLE as its README says, runs its tests, over
RabbitMQ if there is one (ANNAL_TEST_BROKER), and then its README and the DOCUMENTs that show it as tours
(tour.py). SANITIZE is that of BUILD: the parts of one program are built alike. Prints TAP.
"""
import os
import shutil
import subprocess
import sys
import tempfile

build, root, example, sanitize = sys.argv[1:5]
documents = [os.path.join(root, "examples", example, "README.md")] + sys.argv[5:]
broker = os.environ.get("ANNAL_TEST_BROKER")
bus = {"ANNAL_BUS": f"{broker}/t-example_{example}"} if broker else {}
house = tempfile.mkdtemp(prefix="annal-outside-")
installed, copy = os.path.join(house, "installed"), os.path.join(house, "examples", example)
claims = 0


def run(*command, **variables):
    """Whether it succeeds, and what it says."""
    done = subprocess.run(command, cwd=house, env=dict(os.environ, **variables), text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode == 0, done.stdout


def claim(name, result):
    """Each stands on those before: the first that does not hold is the last."""
    global claims
    good, said = result
    claims += 1
    print(f"{'ok' if good else 'not ok'} {claims} - {name}")
    if not good:
        print("".join(f"# {line}\n" for line in said.splitlines()[-60:]), end="")
        raise SystemExit(1)


def find(name):
    for folder, _, names in os.walk(installed):
        if name in names:
            return folder
    raise SystemExit(f"{name} was not installed")


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
          run("meson", "install", "-C", build, "--no-rebuild", "--destdir", installed))
    claim("every_installed_header_compiles_by_itself", headers_alone())
    shutil.copytree(os.path.join(root, "examples", example), copy)
    claim("the_example_is_built_against_it",
          run("sh", "-c", f"meson setup {copy}/build {copy} -Db_sanitize={sanitize} && ninja -C {copy}/build",
              PKG_CONFIG_PATH=find("annal.pc")))
    claim("the_tests_of_the_example_pass",
          run("meson", "test", "-C", copy + "/build", "--print-errorlogs", **bus))
    for document in documents:
        name = os.path.splitext(os.path.basename(document))[0].lower()
        claim(f"its_{name}_shows_what_its_commands_print",
              run("python3", os.path.join(root, "tests/support/tour.py"), document,
                  os.path.join(copy, "build", example), root))
finally:
    shutil.rmtree(house)
