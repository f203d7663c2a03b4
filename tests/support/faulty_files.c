#include "tests/support/faulty_files.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static struct faulty_orders *orders;

struct faulty_orders *faulty_files_map(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0 && ftruncate(fd, sizeof *orders) == 0);
    void *map = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    REQUIRE(map != MAP_FAILED);
    close(fd);
    return map;
}

void faulty_files_begin(const char *data)
{
    AUTO(text) struct text path = {0}, program = {0};
    text_printf(&path, "%s/faults", data);
    text_printf(&program, "%s/tests/support/faulty_annal", getenv("ANNAL_BUILD_ROOT"));
    orders = faulty_files_map(path.at);
    setenv("ANNAL_TEST_FAULTS", path.at, 1);
    setenv("ANNAL_PROGRAM", program.at, 1);
}

void faulty_files_end(void)
{
    unsetenv("ANNAL_TEST_FAULTS");
    unsetenv("ANNAL_PROGRAM");
    munmap(orders, sizeof *orders);
    orders = NULL;
}

void faulty_files_fail(int kinds, const char *part)
{
    atomic_store(&orders->kinds, 0);
    atomic_store(&orders->count, 0);
    snprintf(orders->part, sizeof orders->part, "%s", part);
    atomic_store(&orders->kinds, kinds);
}

void faulty_files_heal(void)
{
    atomic_store(&orders->kinds, 0);
}

int faulty_files_count(void)
{
    return atomic_load(&orders->count);
}
