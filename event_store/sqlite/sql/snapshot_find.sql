-- The join leaves out a snapshot of events that are not there.
SELECT s.version, s.format, s.catalogue, e.time, s.state
  FROM snapshots AS s
  JOIN events AS e ON e.stream = s.stream AND e.version = s.version
 WHERE s.stream = ?1
