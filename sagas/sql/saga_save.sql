UPDATE sagas SET phase = ?2, step = ?3, reason = ?4, facts = ?5, due = ?6, pending = ?7, abandoned = ?8,
                 sent = ?9, told = ?10, updated_us = ?11, wakes_us = nullif(?12, 0), forgotten = 0
 WHERE number = ?1
