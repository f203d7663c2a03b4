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
npm ci --prefix "$folder" --ignore-scripts --silent < /dev/null
cp "$folder/package-lock.json" "$stamp"
touch "$folder/meson.build" # build folders that exist look again what there is
