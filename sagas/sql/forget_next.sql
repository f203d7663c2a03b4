SELECT number, updated_us FROM sagas WHERE phase = 'ended' AND forgotten = 0 ORDER BY updated_us LIMIT 1
