UPDATE sagas SET forgotten = 1 WHERE number = ?1
