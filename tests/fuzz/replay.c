/* Runs a fuzz target over its kept inputs: replay DIRECTORY. Each file is a claim that the target
 * survives it. Prints TAP. With libFuzzer, this file is left out (see CONTRIBUTING.md). */
#include "tests/fuzz/target.h"

#include "base/text.h"

#include <dirent.h>
#include <stdio.h>

#define INPUTS_MOST 1000

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* The bytes lie in memory of exactly their size, so that a read beyond them is seen. */
static bool run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    AUTO(text) struct text text = {0};
    char buffer[4096];
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        text_add_bytes(&text, buffer, got);
    fclose(file);
    uint8_t *bytes = malloc(text.length ? text.length : 1);
    REQUIRE(bytes);
    if (text.length)
        memcpy(bytes, text.at, text.length);
    LLVMFuzzerTestOneInput(bytes, text.length);
    free(bytes);
    return true;
}

int main(int argc, char **argv)
{
    struct dirent **entries = NULL;
    int count = argc == 2 ? scandir(argv[1], &entries, is_file, alphasort) : -1;
    if (count <= 0 || count > INPUTS_MOST) {
        fprintf(stderr, "replay DIRECTORY: with 1 to %d files\n", INPUTS_MOST);
        return 2;
    }
    printf("1..%d\n", count);
    for (int i = 0; i < count; i++) {
        AUTO(text) struct text path = {0};
        text_printf(&path, "%s/%s", argv[1], entries[i]->d_name);
        printf("%s %d - survives_%s\n", run_file(path.at) ? "ok" : "not ok", i + 1,
               entries[i]->d_name);
        fflush(stdout);
        free(entries[i]);
    }
    free(entries);
    return 0;
}
