/* Faults of SQLite's files in the real program, switched on and off while it runs: the program
 * tests/domain/faulty_annal is annal on a VFS that fails as requested here. The request is in a file that
 * both processes map. */
#pragma once

#include "tests/support/claims.h"

#include <stdatomic.h>

enum faulty_kind {
    FAULTY_OPEN = 1, /* xOpen: as if no descriptor were left */
    FAULTY_READ = 2, /* xRead: as if the disk could not be read */
    FAULTY_SHM = 4,  /* xShmMap: as if the WAL's index could not be mapped */
    FAULTY_STALL = 8 /* xWrite, xSync: do not return before it is healed */
};

struct faulty_wish {
    atomic_int kinds; /* which fail; 0: none */
    atomic_int count; /* how many have failed */
    char part[120];   /* of the paths concerned */
};

/* From now on annal_process.h runs the faulty program, at first without faults. */
void faulty_files_begin(const char *data);
void faulty_files_end(void);

/* `kinds` fail on files whose path contains `part`; counts from 0. */
void faulty_files_fail(int kinds, const char *part);
/* Ends the faults. */
void faulty_files_heal(void);
/* How many calls have failed since faulty_files_fail. */
int faulty_files_count(void);

/* For both sides: maps the file. */
struct faulty_wish *faulty_files_map(const char *path);
