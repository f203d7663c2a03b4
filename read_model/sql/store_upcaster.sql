INSERT INTO annal_upcasters (type, text) VALUES (:type, :text)
