INSERT INTO history (saga, at_us, kind, what) VALUES (?1, ?2, ?3, ?4)
