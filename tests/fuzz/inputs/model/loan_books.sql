-- The books of each loan that was requested and not cancelled, one row per line.

-- schema
CREATE TABLE loan_books (
  loan_id TEXT NOT NULL,
  line    INTEGER NOT NULL,
  book_id TEXT NOT NULL,
  copies  INTEGER NOT NULL,
  PRIMARY KEY (loan_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX loan_books_by_book ON loan_books (book_id);

-- on loan.requested.v1
INSERT INTO loan_books (loan_id, line, book_id, copies)
SELECT :id, value ->> 'line', value ->> 'bookId', value ->> 'copies'
  FROM json_each(:data, '$.books');

-- on loan.cancelled.v1
DELETE FROM loan_books WHERE loan_id = :id;

-- query loans_of_book (book text, most integer = 20)
SELECT loan_id, copies FROM loan_books WHERE book_id = :book ORDER BY loan_id, line LIMIT :most;
