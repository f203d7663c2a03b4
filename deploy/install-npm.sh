#!/bin/sh
# Puts the npm packages of FOLDER/package-lock.json into FOLDER/node_modules: install-npm.sh FOLDER
#
# Does nothing if they are installed. Installs Debian's npm if npm is missing. Runs no script of a package. Fails
# without npm or network; then run it again.
set -eu

folder=${1:?a folder with a package-lock.json}
stamp="$folder/node_modules/.installed"
cmp -s "$folder/package-lock.json" "$stamp" && exit 0

# A node from another source works too, but conflicts with Debian's npm.
command -v npm > /dev/null || "$(dirname "$0")/install-packages.sh" npm
echo "Installing the npm packages of $folder"
log=$(mktemp)
if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error < /dev/null > "$log" 2>&1; then
    # The message of npm without its reference to a log file.
    grep -E '^npm (ERR!|error)' "$log" | grep -v 'complete log of this run' | grep -vE '^npm (ERR!|error) *$' | head -n 5 >&2 ||
        tail -n 5 "$log" >&2
    rm -f "$log"
    exit 1
fi
rm -f "$log"
cp "$folder/package-lock.json" "$stamp"
[ ! -e "$folder/meson.build" ] || touch "$folder/meson.build" # existing build folders look for the files again
