-- How many loans each branch has that were requested and not cancelled. A branch without one has no
-- row.

-- schema
CREATE TABLE branch_loans (
  branch         TEXT PRIMARY KEY,
  loans          INTEGER NOT NULL,
  last_opened_at TEXT NOT NULL -- when the newest was opened
) STRICT, WITHOUT ROWID;

-- on loan.requested.v1
INSERT INTO branch_loans (branch, loans, last_opened_at)
VALUES (:data ->> 'branch', 1, :data ->> 'openedAt')
    ON CONFLICT DO UPDATE
   SET loans = loans + 1, last_opened_at = max(last_opened_at, excluded.last_opened_at);

-- on loan.cancelled.v1
UPDATE branch_loans SET loans = loans - 1
 WHERE :data ->> 'wasRequested' AND branch = :data ->> 'branch';

DELETE FROM branch_loans WHERE branch = :data ->> 'branch' AND loans = 0;

-- query branches
SELECT branch, loans FROM branch_loans ORDER BY branch;
