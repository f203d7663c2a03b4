#!/bin/sh
# Every C file is laid out as .clang-format says. Prints TAP.
cd "$1" || exit 1
files=$(git ls-files '*.c' '*.h' 2> /dev/null || find . -name '*.[ch]')
echo 1..1
if wrong=$(echo "$files" | xargs clang-format --dry-run -Werror 2>&1); then
    echo "ok 1 - every_file_is_laid_out_as_clang_format_says"
else
    echo "not ok 1 - every_file_is_laid_out_as_clang_format_says"
    echo "$wrong" | grep -o '^[^:]*' | sort -u | sed 's/^/# /'
    exit 1
fi
