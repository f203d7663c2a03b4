"""bench/run.sh: reads the arguments, builds, measures rows in turn with their baselines, prints the table."""
import argparse
import contextlib
import dataclasses
import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys

import commands
import cost
import feed
import fulfilments
import peers
import queries
import rebuild
import rig
import sweeps
import table
import validate
import visible

MODULES = (commands, queries, rebuild, visible, fulfilments, peers, cost, feed, validate, sweeps)
ROWS = {row.name: row for module in MODULES for row in module.ROWS}
DEFAULT = [row.name for row in ROWS.values() if row.default]
TARGETS = ["annal", "examples/payment-provider",
           *("bench/" + name for name in ("bare_commands", "fulfil", "listeners", "make_log", "open_loop",
                                          "validate"))]


# ---- arguments ----

def usage_error(text):
    print(f"run.sh: {text}", file=sys.stderr)
    sys.exit(2)


def find_commit(revision):
    found = subprocess.run(["git", "-C", rig.SOURCE, "rev-parse", "--verify", "--quiet", revision + "^{commit}"],
                           stdout=subprocess.PIPE, text=True, check=False)
    if found.returncode:
        usage_error(f"no revision {revision}")
    return found.stdout.strip()


def check_environment(chosen):
    """Finds before the first measurement what would be found after the last."""
    try:
        for read in (rig.pairs, rig.orders, lambda: rig.seconds(1), lambda: rig.events(1)):
            read()
        if chosen.json:
            with open(chosen.json, "a", encoding="utf-8"):
                pass
    except rig.Failed as wrong:
        usage_error(wrong)
    except OSError as wrong:
        usage_error(f"--json: {chosen.json}: {wrong.strerror}")


def parse(arguments):
    class Parser(argparse.ArgumentParser):
        def error(self, message):
            usage_error(message)

    parser = Parser(prog="run.sh", add_help=False, allow_abbrev=False)
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--document", action="store_true")
    parser.add_argument("--compare", metavar="REV")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("-h", "--help", action="store_true")
    parser.add_argument("rows", nargs="*", metavar="ROW")
    chosen = parser.parse_args(arguments)
    for name in chosen.rows:
        if name not in ROWS and name != "all":
            usage_error(f"no row {name}; bench/run.sh --list prints the rows")
    if chosen.compare and chosen.document:
        usage_error("--document does not go with --compare")
    if chosen.compare:
        chosen.compare = find_commit(chosen.compare)
    check_environment(chosen)
    chosen.rows = list(ROWS) if "all" in chosen.rows else list(dict.fromkeys(chosen.rows)) or DEFAULT
    return chosen


def print_help():
    with open(os.path.join(rig.BENCH, "run.sh"), encoding="utf-8") as file:
        for line in file.read().splitlines()[1:]:
            if not line.startswith("#"):
                break
            print(line[2:])


def print_list():
    for row in ROWS.values():
        print(f"{row.name:24}{'' if row.default else '(not by default) '}{row.figures[0].what}")


# ---- builds ----

def build(source, directory):
    if not os.path.exists(os.path.join(directory, "build.ninja")):
        rig.output_of("meson", "setup", directory, source, "--buildtype=release")
    known = {target["name"] for target in json.loads(
        rig.output_of("meson", "introspect", "--targets", directory))}
    wanted = [target for target in TARGETS if os.path.basename(target) in known]
    rig.output_of("ninja", "-C", directory, *wanted)
    return directory


def program_of_working_tree():
    given = os.environ.get("BENCH_BUILD")
    if given:
        return rig.Program(os.path.abspath(given))
    if subprocess.run([os.path.join(rig.SOURCE, "deploy", "install-packages.sh"), "bench"], check=False,
                      stdout=sys.stderr).returncode:
        raise rig.Failed("the packages were not installed")
    return rig.Program(build(rig.SOURCE, os.path.join(rig.SOURCE, "build-bench")))


def program_of_revision(program, commit):
    """Builds another revision in a git worktree under the build directory, with make_log.c of the working tree if
    that compiles there: an older one may not know every kind of log."""
    source = os.path.join(program.build, "bench", "revisions", commit[:12])
    if not os.path.isdir(source):
        rig.output_of("git", "-C", rig.SOURCE, "worktree", "prune")
        rig.output_of("git", "-C", rig.SOURCE, "worktree", "add", "--detach", source, commit)
    directory = os.path.join(source, "build-bench")
    shutil.copy(os.path.join(rig.BENCH, "make_log.c"), os.path.join(source, "bench", "make_log.c"))
    try:
        build(source, directory)
    except rig.Failed:
        rig.output_of("git", "-C", source, "checkout", "--", "bench/make_log.c")
        build(source, directory)
    return rig.Program(directory, commit[:12])


# ---- measuring ----

def measure(row, sides):
    """Measures the sides in turn, the first of each pair alternately; returns the values by figure, of each side."""
    values = [{} for _ in sides]
    with contextlib.ExitStack() as places:
        measures = [setup(places.enter_context(contextlib.closing(rig.Workplace(program))))
                    for setup, program in sides]
        for pair in range(rig.pairs()):
            for side in sorted(range(len(sides)), reverse=pair % 2 == 1):
                for name, value in measures[side](pair).items():
                    values[side].setdefault(name, []).append(value)
            print_pair(row, values)
    return values


def print_pair(row, values):
    said = []
    for name, ours in values[0].items():
        others = [f"{side[name][-1]:,.5g}" for side in values[1:] if name in side]
        said.append(f"{name} " + " / ".join([f"{ours[-1]:,.5g}", *others]))
    print(f"  {row.name}: {', '.join(said)}", file=sys.stderr, flush=True)


def check_same(row, values):
    for name in row.same:
        ours, baseline = (statistics.median(side[name]) for side in values)
        if abs(ours / baseline - 1) > 0.01:
            raise rig.Failed(f"the baseline does not do the same: {name} {ours:g} and {baseline:g}")


def summary_of(figure, values):
    """The member of the JSON array for a figure; None if it was not measured."""
    ours = values[0].get(figure.name)
    baseline = values[1].get(figure.name) if len(values) > 1 else None
    if not ours:
        return None
    ratios = [a / b for a, b in zip(ours, baseline)] if baseline else None
    spread = ratios or ours
    return {"row": figure.name, "annal": statistics.median(ours),
            "baseline": statistics.median(baseline) if baseline else None,
            "ratio": statistics.median(ratios) if ratios else None, "wanted": figure.wanted,
            "unit": figure.unit, "spread": [min(spread), max(spread)]}


def measure_row(row, program, other):
    """The summaries of the row's figures: beside its baseline, or beside another revision, for which the targets do not
    hold."""
    sides = [(row.setup, program)]
    if other:
        sides.append((row.setup, other))
    elif row.baseline:
        sides.append((row.baseline, program))
    values = measure(row, sides)
    if row.baseline and not other:
        check_same(row, values)
    figures = [dataclasses.replace(figure, wanted="", baseline="") for figure in row.figures] if other else row.figures
    return [(figure, summary) for figure in figures if (summary := summary_of(figure, values))]


# ---- the program ----

def run(chosen):
    """Returns whether every row worked. What one row finds wrong does not end the others."""
    good = True
    program = rig.TOOLS = program_of_working_tree()
    other = program_of_revision(program, chosen.compare) if chosen.compare else None
    text = table.heading(other)
    summaries = []
    print(text, end="", flush=True)
    for name in chosen.rows:
        try:
            missing = [need for need in ROWS[name].needs if not shutil.which(need)]
            if missing:
                raise rig.Failed(f"not installed: {', '.join(missing)} (deploy/install-packages.sh bench)")
            for figure, summary in measure_row(ROWS[name], program, other):
                line = table.line_of(figure, summary)
                print(line, end="", flush=True)
                text += line
                summaries.append(summary)
        except (rig.Failed, OSError, sqlite3.Error) as failed:
            print(f"run.sh: {name}: {failed}", file=sys.stderr, flush=True)
            good = False
    if chosen.json:
        with open(chosen.json, "w", encoding="utf-8") as file:
            json.dump(summaries, file, indent=1, ensure_ascii=False)
            file.write("\n")
    if chosen.document:
        table.write_document(text)
    return good


def main():
    chosen = parse(sys.argv[1:])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if chosen.help:
        print_help()
    elif chosen.list:
        print_list()
    else:
        try:
            sys.exit(0 if run(chosen) else 1)
        except rig.Failed as failed:
            print(f"run.sh: {failed}", file=sys.stderr)
            sys.exit(1)
        except KeyboardInterrupt:
            sys.exit(130)


if __name__ == "__main__":
    main()
