UPDATE sagas SET wakes_us = wakes_us + ?1 WHERE wakes_us IS NOT NULL
