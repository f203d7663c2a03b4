/* A disk that fills up repeatedly under load: answered commands are kept, readiness reports the full
 * disk, and without a restart the endpoint continues once there is space. The disk is a tmpfs in a mount
 * namespace of the test. */
#include "tests/support/annal_process.h"
#include "tests/support/load.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mount.h>
#include <unistd.h>

#define ROUNDS 3

static bool readyz_says(const char *address, long status, const char *what)
{
    AUTO(http_reply) struct http_reply reply = {0};
    http_get(address, "/readyz", &reply);
    return reply.status == status && strstr(reply.body.at, what);
}

static void fill(const char *filler)
{
    static const char block[65536];
    int fd = open(filler, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    while (write(fd, block, sizeof block) > 0) {
    }
    close(fd);
}

static bool is_stored(const char *address, struct http_reply *reply)
{
    static int number;
    char path[60];
    snprintf(path, sizeof path, "/commands/loan/TOO-MUCH-%d/open", number++);
    http_post_json(address, path, "{\"memberId\":\"M-1\",\"branch\":\"CPH\"}", reply);
    return reply->status == 201;
}

/* Where a large batch has failed, the WAL may still have space for a few small ones. */
static void check_refusal(const char *address)
{
    AUTO(http_reply) struct http_reply reply = {0};
    wait_until(60, !is_stored(address, &reply));
    http_reply_check_problem(&reply, 503, "disk-full");
    assert_text_contains(
        reply.body.at, "nothing was stored; the server's log states the cause; repeat the request");
}

static void a_full_disk_loses_nothing_and_needs_no_restart(void **state)
{
    (void)state;
    const char *data = test_directory_make();
    struct annal_process up;
    char address[64], filler[256];
    assert_int_equal(mount("tmpfs", data, "tmpfs", 0, "size=64m"), 0);
    snprintf(filler, sizeof filler, "%s/filler", data);
    annal_start(&up, data,
                (const char *[]){"up", "--bus", "log:", "--commands-listen", "127.0.0.1:0",
                                 "--queries-listen", "127.0.0.1:0", NULL});
    snprintf(address, sizeof address, "%s", annal_address(&up, "commands"));
    AUTO(load) struct load *load = load_start(address, 4, 0);
    for (int round = 0; round < ROUNDS; round++) {
        int64_t before = load_answered(load);
        wait_until(60, load_answered(load) > before + 100);
        fill(filler);
        wait_until(60, readyz_says(address, 503, "The disk is full"));
        check_refusal(address);
        unlink(filler);
        wait_until(60, readyz_says(address, 200, "head at position"));
    }
    load_stop(load);
    annal_wait_caught_up(data, 60);
    load_check(load, address, data);
    annal_check_everything(data);
    assert_int_equal(annal_stop(&up, 30), 0);
    assert_int_equal(umount(data), 0);
    test_directory_remove(data);
}

int main(void)
{
    if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
        return test_skip_program("a_full_disk_loses_nothing_and_needs_no_restart",
                                 "only root can mount a disk");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_disk_loses_nothing_and_needs_no_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
