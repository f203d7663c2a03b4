#!/bin/sh
# Measures how fast annal is, each figure beside a baseline, and prints a table:
#
#   bench/run.sh [--json FILE] [--document] [ROW…]    the rows named; without names the rows of the targets; `all`
#   bench/run.sh --compare REV [--json FILE] [ROW…]   the working tree beside another revision
#   bench/run.sh --list                               the names of all rows, and what each measures
#
# Installs missing packages and builds build-bench. --json writes an array of {row, annal, baseline, ratio, wanted,
# unit, spread}, --document the table in docs/performance.md, which describes the rows. BENCH_SECONDS, BENCH_PAIRS
# and BENCH_EVENTS shorten the measurements. BENCH_BUILD=DIR measures the build DIR as it is.
# Exit status: 0 whatever the figures are, 1 if something did not work, 2 after a wrong argument.
exec python3 -B "$(dirname "$0")/run.py" "$@"
