-- One row per shelf: the copies on it, and what of them is held for loans.

-- schema
CREATE TABLE shelves (
  book_id TEXT PRIMARY KEY,
  title   TEXT,   -- NULL until a delivery says it
  copies  INTEGER NOT NULL DEFAULT 0,   -- in the library
  held    INTEGER NOT NULL DEFAULT 0,   -- of these, kept for loans
  -- can still be lent
  free    INTEGER NOT NULL GENERATED ALWAYS AS (copies - held) VIRTUAL
) STRICT, WITHOUT ROWID;

-- on shelf.stocked.v1
INSERT INTO shelves (book_id, title, copies)
VALUES (:id, :data ->> 'title', :data ->> 'copies')
    ON CONFLICT DO UPDATE
   SET copies = copies + excluded.copies, title = coalesce(excluded.title, title);

-- on shelf.held.v1
UPDATE shelves SET held = held + (:data ->> 'copies') WHERE book_id = :id;

-- on shelf.released.v1
UPDATE shelves SET held = held - (:data ->> 'copies') WHERE book_id = :id;

-- query empty_shelves (at_most integer = 0, most integer = 100)
SELECT book_id, title, free FROM shelves
 WHERE free <= :at_most ORDER BY free, book_id LIMIT :most;
