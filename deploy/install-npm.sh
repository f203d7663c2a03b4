#!/bin/sh
# Puts the npm packages of FOLDER/package-lock.json into FOLDER/node_modules: install-npm.sh FOLDER
#
# Does nothing if they are there already. Installs Debian's npm if there is none. Runs no script of a
# package. Fails if npm or the network is missing; then it can be run again.
set -eu

folder=${1:?a folder with a package-lock.json}
stamp="$folder/node_modules/.installed"
cmp -s "$folder/package-lock.json" "$stamp" && exit 0

# Node from elsewhere than Debian will do, and would not go with Debian's npm.
command -v npm > /dev/null || "$(dirname "$0")/install-packages.sh" npm
echo "Installing the npm packages of $folder"
log=$(mktemp)
if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error < /dev/null > "$log" 2>&1; then
    # npm's own words, without its pointer to a log file.
    grep -E '^npm (ERR!|error)' "$log" | grep -v 'complete log of this run' | grep -vE '^npm (ERR!|error) *$' | head -n 5 >&2 ||
        tail -n 5 "$log" >&2
    rm -f "$log"
    exit 1
fi
rm -f "$log"
cp "$folder/package-lock.json" "$stamp"
touch "$folder/meson.build" # build folders that exist look again what there is
