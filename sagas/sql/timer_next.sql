SELECT number, wakes_us FROM sagas WHERE wakes_us IS NOT NULL ORDER BY wakes_us LIMIT 1
