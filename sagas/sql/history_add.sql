INSERT INTO history (saga, at_us, lines) VALUES (?1, ?2, ?3)
