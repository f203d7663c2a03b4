"""The table of the figures: above it machine and versions, and its place in docs/performance.md."""
import os
import platform
import re
import subprocess
import textwrap

import peers
import rig

DOCUMENT = os.path.join(rig.SOURCE, "docs", "performance.md")
MARKS = ("<!-- bench/run.sh writes from here -->\n", "<!-- to here -->\n")


def describe_machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        models = re.findall(r"^model name\s*:\s*(.*)$", file.read(), re.M)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{len(os.sched_getaffinity(0))} × {models[0] if models else platform.machine()}, "
            f"{memory:.0f} GiB, Linux {platform.release()}, load {os.getloadavg()[0]:.1f}")


def describe_versions():
    packages = ("libmicrohttpd12", "libsqlite3-0", "librabbitmq4", "libjansson4", "nginx-light",
                "rabbitmq-server", "wrk", "nodejs", "postgresql-[1-9][0-9]")
    said = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}, ", *packages],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    commit = subprocess.run(["git", "-C", rig.SOURCE, "describe", "--always", "--dirty"],
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    return (f"annal {commit.stdout.strip() or 'unknown'}, {said.stdout.rstrip(', ')}; "
            f"of npm: {peers.npm_packages()}")


def number(value):
    """Three digits or more: 0.123, 4.56, 78.9, 12,345."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def line_of(figure, summary):
    baseline, ratio = summary["baseline"], summary["ratio"]
    what = figure.what + (f"; baseline: {figure.baseline}" if figure.baseline else "")
    cells = [f"`{figure.name}` {what}", f"{number(summary['annal'])} {figure.unit}",
             "" if baseline is None else f"{number(baseline)} {figure.unit}",
             "" if ratio is None else f"{ratio:.2f}", figure.wanted,
             "–".join(number(end) for end in summary["spread"])]
    return "| " + " | ".join(cells) + " |\n"


def heading(other):
    baseline = f"at {other.name}" if other else "baseline"
    described = textwrap.fill(f"{describe_machine()}; {describe_versions()}", 120, break_on_hyphens=False)
    return (f"{described}\n\n"
            f"| what | annal | {baseline} | ratio | wanted | spread |\n"
            "|---|---|---|---|---|---|\n")


def write_document(table):
    with open(DOCUMENT, encoding="utf-8") as file:
        before, rest = file.read().split(MARKS[0])
    with open(DOCUMENT, "w", encoding="utf-8") as file:
        file.write(before + MARKS[0] + table + MARKS[1] + rest.split(MARKS[1])[1])
