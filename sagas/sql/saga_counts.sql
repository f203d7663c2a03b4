SELECT saga, phase, sagas FROM phases WHERE sagas > 0 ORDER BY saga, phase
