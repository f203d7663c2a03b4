/* An SQLite VFS that joins the writes of a transaction to the WAL.
 *
 * SQLite writes each page of a transaction to the WAL with two system calls, one for the header of the frame
 * and one for the page. This VFS, on top of the default one, collects writes that follow each other in the
 * file and writes them at once.
 *
 * Only for connections with synchronous=FULL (DB_DURABLE): there each COMMIT syncs the WAL before the
 * transaction becomes visible to other connections, and a sync writes what was collected. The first error of
 * a write is returned by the next call that writes, at the latest by that sync, so the COMMIT fails.
 */
#pragma once

/* Its name, for db_open_writer_on_vfs(); registers it once. Any thread. */
const char *joining_vfs(void);
