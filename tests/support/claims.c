#include "tests/support/claims.h"

#include "base/clock.h"

#include <ftw.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

int64_t test_now_ms(void)
{
    return clock_monotonic_ms();
}

void test_pause_ms(int ms)
{
    poll(NULL, 0, ms);
}

const char *test_directory_make(void)
{
    const char *base = getenv("TMPDIR");
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/annal-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(path.at))
        fail_msg("cannot make a directory: %s", path.at);
    return text_take(&path);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

void test_directory_remove(const char *directory)
{
    nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free((char *)directory);
}

char *test_file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("cannot read %s", path);
    AUTO(text) struct text text = {0};
    char buffer[4096];
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        text_add_bytes(&text, buffer, got);
    fclose(file);
    return text_take(&text);
}

void test_file_write(const char *path, const char *content)
{
    FILE *file = fopen(path, "wb");
    if (!file || fputs(content, file) < 0 || fclose(file) != 0)
        fail_msg("cannot write %s", path);
}

void test_file_copy(const char *from, const char *to)
{
    FILE *source = fopen(from, "rb"), *copy = fopen(to, "wb");
    if (!source || !copy)
        fail_msg("cannot copy %s to %s", from, to);
    char buffer[65536];
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, source)) > 0;)
        assert_int_equal(fwrite(buffer, 1, got, copy), got);
    fclose(source);
    assert_int_equal(fclose(copy), 0);
}

char *test_source_path(const char *path)
{
    const char *root = getenv("ANNAL_SOURCE_ROOT");
    AUTO(text) struct text full = {0};
    text_printf(&full, "%s/%s", root ? root : ".", path);
    return text_take(&full);
}

int test_skip_program(const char *claim, const char *why)
{
    printf("1..1\nok 1 - %s # SKIP %s\n", claim, why);
    return 0;
}
