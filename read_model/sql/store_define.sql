INSERT INTO annal_definition (one, name, hash, text) VALUES (1, :name, :hash, :text)
