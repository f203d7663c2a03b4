#!/bin/sh
# Every C file is laid out as .clang-format says. Prints TAP.
#
# Finds the sources without git, which an unpacked archive lacks. Build folders, which contain generated C, are
# recognized by the folder meson-private.
cd "$1" || exit 1
files=$(find . \( -name node_modules -o -name .git -o -type d -exec test -d '{}/meson-private' \; \) -prune -o -name '*.[ch]' -print)
echo 1..1
if wrong=$(echo "$files" | xargs clang-format --dry-run -Werror 2>&1); then
    echo "ok 1 - every_file_is_laid_out_as_clang_format_says"
else
    echo "not ok 1 - every_file_is_laid_out_as_clang_format_says"
    echo "$wrong" | grep -o '^[^:]*' | sort -u | sed 's/^/# /'
    exit 1
fi
