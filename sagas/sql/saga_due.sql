SELECT number FROM sagas WHERE due = 1 ORDER BY number LIMIT 1
