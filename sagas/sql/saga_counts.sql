SELECT saga, phase, count(*) FROM sagas GROUP BY saga, phase
