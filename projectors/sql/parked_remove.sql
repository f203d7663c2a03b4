DELETE FROM annal_parked WHERE position = ?1;
