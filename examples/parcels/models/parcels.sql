-- One row per parcel: where it was seen last.

-- schema
CREATE TABLE parcels (
  parcel_id TEXT PRIMARY KEY,
  place     TEXT NOT NULL,
  grams     INTEGER,
  scans     INTEGER NOT NULL,
  seen_at   TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX parcels_by_place ON parcels (place, seen_at);

-- on parcel.scanned.v1
INSERT INTO parcels (parcel_id, place, grams, scans, seen_at)
VALUES (:id, :data ->> 'place', :data ->> 'grams', 1, :time)
    ON CONFLICT DO UPDATE
   SET place = excluded.place, grams = coalesce(excluded.grams, grams),
       scans = scans + 1, seen_at = excluded.seen_at;

-- query parcels_at
SELECT parcel_id, grams, seen_at FROM parcels
 WHERE place = :place ORDER BY seen_at DESC LIMIT 100;
