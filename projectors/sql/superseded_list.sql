SELECT definition, superseded_at FROM annal_superseded;
