INSERT INTO cursor (relay, log_id, position, hash) VALUES ('events', :log_id, :position, :hash)
    ON CONFLICT (relay) DO UPDATE
   SET log_id = excluded.log_id, position = excluded.position, hash = excluded.hash
