#!/bin/sh
# Puts the peers and their npm packages into BUILD/peers: install.sh BUILD
#
# The native part of better-sqlite3 is built from its source, as npm delivers it; no binary is downloaded. Does nothing
# if all is there.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:?a build directory}/peers

"$here/../../deploy/install-packages.sh" bench
mkdir -p "$target"
cp "$here/.npmrc" "$here"/* "$target"
"$here/../../deploy/install-npm.sh" "$target"
node -e 'process.exit(parseInt(process.versions.node) >= 20 ? 0 : 1)' ||
    { echo "install: the peers need Node 20 or later; this is $(node --version)" >&2; exit 1; }

built="$target/node_modules/better-sqlite3/build/Release/better_sqlite3.node"
[ -e "$built" ] && exit 0
echo "Building better-sqlite3"
prefix=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
[ ! -e "$prefix/include/node/node.h" ] || export npm_config_nodedir="$prefix"
npm_config_build_from_source=true npm rebuild better-sqlite3 --prefix "$target" --loglevel=error < /dev/null > "$target/build.log" 2>&1 ||
    { tail -n 20 "$target/build.log" >&2; exit 1; }
[ -e "$built" ]
