#!/bin/sh
# Every C file is laid out as .clang-format says. Prints TAP.
#
# The sources are found without git, which an unpacked archive lacks: build folders, which hold
# generated C, are told by meson's own folder inside them.
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
