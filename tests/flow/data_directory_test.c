/* Access to the files in the data directory: only their owner's, and only annal's. */
#include "tests/support/annal_process.h"

#include "base/db.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *top; /* of the directories that annal makes */
static char data[200];

static int begin(void **state)
{
    (void)state;
    top = test_directory_make();
    snprintf(data, sizeof data, "%s/data", top);
    umask(022); /* the usual one */
    return 0;
}

static int end(void **state)
{
    (void)state;
    test_directory_remove(top);
    return 0;
}

static const char *in_data(const char *name)
{
    static char path[300];
    snprintf(path, sizeof path, "%s/%s", data, name);
    return path;
}

static void start_commands(struct annal_process *commands)
{
    annal_start(
        commands, top,
        (const char *[]){"commands", "--data", data, "--commands-listen", "127.0.0.1:0", NULL});
}

static int looked_at;

static int look(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)place;
    looked_at++;
    if (type != FTW_SL && status->st_mode & 077)
        fail_msg("%s has the mode %o", path, status->st_mode);
    return 0;
}

static void only_the_owner_can_read_the_files(void **state)
{
    (void)state;
    struct annal_process commands, projector;
    start_commands(&commands);
    annal_start(&projector, top, (const char *[]){"projector", "loans", "--data", data, NULL});
    wait_until(30, access(in_data("read/loans.db"), F_OK) == 0);
    looked_at = 0;
    assert_int_equal(nftw(data, look, 10, FTW_PHYS), 0);
    assert_true(looked_at > 12);
    assert_int_equal(annal_stop(&projector, 20), 0);
    assert_int_equal(annal_stop(&commands, 20), 0);
}

/* Tried as another user, if this process may become one. */
static bool can_hold(const char *path)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        if (geteuid() == 0 && setresuid(65534, 65534, 65534) != 0)
            _exit(2);
        struct flock whole = {.l_type = F_RDLCK, .l_whence = SEEK_SET}; /* would stop a writer */
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        _exit(fd >= 0 && fcntl(fd, F_OFD_SETLK, &whole) == 0 ? 1 : 0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WEXITSTATUS(status) < 2);
    return WEXITSTATUS(status) == 1;
}

static bool is_logged(const char *words)
{
    AUTO(text) struct text path = {0};
    text_printf(&path, "%s/test.log", top);
    AUTO(string) char *log = test_file_read(path.at);
    return strstr(log, words) != NULL;
}

static void a_directory_open_to_others_is_reported_and_they_cannot_take_its_lock(void **state)
{
    (void)state;
    struct annal_process commands;
    assert_int_equal(chmod(top, 0755), 0);
    assert_int_equal(mkdir(data, 0755), 0);
    test_file_write(in_data("events.db.lock"), "");
    assert_int_equal(chmod(in_data("events.db.lock"), 0666), 0);
    start_commands(&commands);
    AUTO(text) struct text advice = {0};
    text_printf(&advice, "chmod -R go-rwx %s", data);
    assert_true(is_logged(advice.at));
    assert_int_equal(annal_stop(&commands, 20), 0);
    if (geteuid() == 0)
        assert_false(can_hold(in_data("events.db.lock")));
}

/* A database of another program, in SQLite's default journal mode. */
static void write_foreign(const char *path)
{
    AUTO(db) struct db *db = NULL;
    assert_ok(db_open_writer(path, DB_EVENTS, DB_DURABLE, &db, &error));
    assert_ok(db_execute(db,
                         "PRAGMA journal_mode = DELETE; PRAGMA application_id = 0;"
                         "CREATE TABLE recipes (name TEXT)",
                         &error));
}

static void read_bytes(const char *path, char bytes[8192])
{
    memset(bytes, 0, 8192);
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_true(fread(bytes, 1, 8192, file) > 0);
    fclose(file);
}

static void an_external_file_at_the_path_of_the_log_is_rejected_and_kept(void **state)
{
    (void)state;
    static const char *const tasks[][4] = {
        {"commands", "--commands-listen", "127.0.0.1:0"}, {"status"}, {"verify"}};
    char before[8192], after[8192];
    assert_int_equal(mkdir(data, 0700), 0);
    write_foreign(in_data("events.db"));
    read_bytes(in_data("events.db"), before);
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        AUTO(text) struct text errors = {0};
        assert_int_not_equal(annal_run(data, tasks[i], &errors, &errors), 0);
        assert_text_contains(errors.at, "events.db");
        assert_text_contains(errors.at, "this is not annal's log");
    }
    read_bytes(in_data("events.db"), after);
    assert_memory_equal(before, after, sizeof before);
}

static void an_empty_file_at_the_path_of_the_log_becomes_a_new_log(void **state)
{
    (void)state;
    struct annal_process commands;
    AUTO(db) struct db *db = NULL;
    int64_t id = 0;
    assert_int_equal(mkdir(data, 0700), 0);
    test_file_write(in_data("events.db"), "");
    start_commands(&commands);
    assert_int_equal(annal_stop(&commands, 20), 0);
    assert_ok(db_open_reader(in_data("events.db"), DB_EVENTS, &db, &error));
    assert_ok(db_read_int(db, "PRAGMA application_id", &id, &error));
    assert_int_equal(id, 0x616e6c45); /* "anlE" */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_the_owner_can_read_the_files, begin, end),
        cmocka_unit_test_setup_teardown(
            a_directory_open_to_others_is_reported_and_they_cannot_take_its_lock, begin, end),
        cmocka_unit_test_setup_teardown(
            an_external_file_at_the_path_of_the_log_is_rejected_and_kept, begin, end),
        cmocka_unit_test_setup_teardown(an_empty_file_at_the_path_of_the_log_becomes_a_new_log,
                                        begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
