#include "tests/support/faulty_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct faulty_wish *wish;
static char *program_before; /* of ANNAL_PROGRAM; NULL: not set */

struct faulty_wish *faulty_files_map(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0 && ftruncate(fd, sizeof *wish) == 0);
    void *map = mmap(NULL, sizeof *wish, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    REQUIRE(map != MAP_FAILED);
    close(fd);
    return map;
}

void faulty_files_begin(const char *data)
{
    AUTO(text) struct text path = {0}, program = {0};
    text_printf(&path, "%s/faults", data);
    text_printf(&program, "%s/tests/domain/faulty_annal", getenv("ANNAL_BUILD_ROOT"));
    const char *before = getenv("ANNAL_PROGRAM");
    program_before = before ? strdup(before) : NULL;
    wish = faulty_files_map(path.at);
    setenv("ANNAL_TEST_FAULTS", path.at, 1);
    setenv("ANNAL_PROGRAM", program.at, 1);
}

void faulty_files_end(void)
{
    unsetenv("ANNAL_TEST_FAULTS");
    if (program_before)
        setenv("ANNAL_PROGRAM", program_before, 1);
    else
        unsetenv("ANNAL_PROGRAM");
    free(program_before);
    program_before = NULL;
    munmap(wish, sizeof *wish);
    wish = NULL;
}

void faulty_files_fail(int kinds, const char *part)
{
    atomic_store(&wish->kinds, 0);
    atomic_store(&wish->count, 0);
    snprintf(wish->part, sizeof wish->part, "%s", part);
    atomic_store(&wish->kinds, kinds);
}

void faulty_files_heal(void)
{
    atomic_store(&wish->kinds, 0);
}

int faulty_files_count(void)
{
    return atomic_load(&wish->count);
}
