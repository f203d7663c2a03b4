-- The first event among positions ?1 to ?2 whose stream's version before is not in the log before it.
SELECT position
  FROM events AS e
 WHERE position BETWEEN ?1 AND ?2
   AND version IS NOT 1
   AND NOT EXISTS (SELECT 1 FROM events AS before
                    WHERE before.stream = e.stream AND before.version = e.version - 1
                      AND before.position < e.position)
 ORDER BY position
 LIMIT 1
