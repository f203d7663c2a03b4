"""Has `annal new` write a program with two commands, builds it as its README says, and sends it commands.

new_domain.py BUILD ROOT SANITIZE: as outside.py. Prints TAP.
"""
import json
import os
import re
import shutil
import subprocess
import sys

from installed import claim, compile_program, scratch, install, run

build, root, sanitize = sys.argv[1:4]
program = os.path.join(scratch, "voucher")
annal = os.path.join(build, "annal")


def write():
    return run(annal, "new", "aggregate", "voucher", "issue", "hand-over=handed-over", "--dir", program)


def contents():
    found = {}
    for folder, _, names in os.walk(program):
        for name in names:
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                found[os.path.join(folder, name)] = file.read()
    return found


def write_again():
    """Refused, naming the file, and nothing is written."""
    os.remove(os.path.join(program, "main.c"))
    before = contents()
    good, said = write()
    fine = not good and "README.md exists" in said and contents() == before
    with open(os.path.join(program, "main.c"), "w", encoding="utf-8") as main:
        main.write(main_before)
    return fine, said


def refuse():
    for words, reason in ((["int", "issue"], 'cannot be called "int"'), (["Voucher", "issue"], "must be 1 to 24 of a-z"),
                          (["voucher", "is sue"], 'the command "is sue" must be'), (["voucher", "issue", "issue"], "are the same"),
                          (["voucher"], "NAME COMMAND...")):
        good, said = run(annal, "new", "aggregate", *words, "--dir", os.path.join(scratch, "refused"))
        if good or reason not in said or os.path.exists(os.path.join(scratch, "refused")):
            return False, f"{words}: {said}"
    return True, ""


def layout():
    files = [path for path in contents() if path.endswith((".c", ".h"))]
    style = "file:" + os.path.join(root, ".clang-format")
    return run("clang-format", f"--style={style}", "--dry-run", "-Werror", *files) if shutil.which("clang-format") else (True, "")


def call(url, path, *more):
    good, said = run("curl", "-s", "--max-time", "20", url + path, *more)
    return json.loads(said) if good else {}


def serve():
    """The commands, what they refuse, the read model."""
    up = subprocess.Popen([os.path.join(program, "build/voucher"), "up", "--bus", "log:", "--data", os.path.join(scratch, "data"),
                           "--commands-listen", "127.0.0.1:0", "--queries-listen", "127.0.0.1:0"],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        ready = next((found for found in (re.match(r"ready up commands=(\S+) queries=(\S+)", line) for line in up.stdout) if found), None)
        if not ready:
            return False, "it did not start"
        commands, queries = ready.groups()
        early = call(commands, "/commands/voucher/V-1/hand-over", "-X", "POST")
        done = [call(commands, "/commands/voucher/V-1/issue", "--json", '{"note": "for Ingrid"}'),
                call(commands, "/commands/voucher/V-1/hand-over", "-X", "POST")]
        row = call(queries, "/read/voucher_overview/V-1", "-H", "Annal-Min-Position: 2")
        listed = call(queries, "/query/voucher_with_status?status=voucher.handed-over.v1")
        shop = call(commands, "/commands")
    finally:
        up.terminate()
        status = up.wait(30)
    types = [event["type"] for answer in done for event in answer.get("events", [])]
    fine = (early.get("status") == 409 and types == ["voucher.issued.v1", "voucher.handed-over.v1"] and status == 0
            and row.get("note") == "for Ingrid" and len(listed.get("rows", [])) == 1 and len(shop["commands"]) == 2)
    return fine, f"{early} {done} {row} {listed} {status}"


try:
    print("1..8")
    claim("what_a_domain_outside_needs_is_installed", install(build))
    claim("names_that_cannot_be_are_refused_with_the_reason", refuse())
    claim("new_writes_a_program_with_two_commands", write())
    main_before = contents()[os.path.join(program, "main.c")]
    claim("a_file_that_exists_is_not_written_over", write_again())
    claim("the_program_is_laid_out_as_clang_format_says", layout())
    claim("it_is_built_without_a_warning", compile_program(program, sanitize))
    claim("its_own_tests_pass", run("meson", "test", "-C", program + "/build", "--print-errorlogs"))
    claim("it_takes_commands_and_serves_its_read_model", serve())
finally:
    shutil.rmtree(scratch)
