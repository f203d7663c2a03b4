SELECT stream FROM annal_dead_letters;
