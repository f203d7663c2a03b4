-- The books of each loan that was requested and not cancelled, one row per line; and how many loans
-- each branch has. A branch without a loan has no row.

-- schema
CREATE TABLE loan_books (
  loan_id TEXT NOT NULL,
  line    INTEGER NOT NULL,
  book_id TEXT NOT NULL,
  copies  INTEGER NOT NULL,
  PRIMARY KEY (loan_id, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX loan_books_by_book ON loan_books (book_id);

CREATE TABLE branch_loans (
  branch         TEXT PRIMARY KEY,
  loans          INTEGER NOT NULL,
  last_opened_at TEXT NOT NULL -- when the newest was opened
) STRICT, WITHOUT ROWID;

-- on loan.requested.v1
INSERT INTO loan_books (loan_id, line, book_id, copies)
SELECT :id, value ->> 'line', value ->> 'bookId', value ->> 'copies'
  FROM json_each(:data, '$.books');

INSERT INTO branch_loans (branch, loans, last_opened_at)
VALUES (:data ->> 'branch', 1, :data ->> 'openedAt')
    ON CONFLICT DO UPDATE
   SET loans = loans + 1, last_opened_at = max(last_opened_at, excluded.last_opened_at);

-- on loan.cancelled.v1
DELETE FROM loan_books WHERE loan_id = :id;

UPDATE branch_loans SET loans = loans - 1
 WHERE :data ->> 'wasRequested' AND branch = :data ->> 'branch';

DELETE FROM branch_loans WHERE branch = :data ->> 'branch' AND loans = 0;

-- query loans_of_book (book text, most integer = 20)
SELECT loan_id, copies FROM loan_books WHERE book_id = :book ORDER BY loan_id, line LIMIT :most;
