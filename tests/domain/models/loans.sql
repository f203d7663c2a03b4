-- One row per loan: who borrows how many copies.

-- schema
CREATE TABLE loans (
  loan_id TEXT PRIMARY KEY,
  member  TEXT NOT NULL,
  copies  INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX loans_by_member ON loans (member);

-- on loan.opened.v1
INSERT INTO loans (loan_id, member) VALUES (:id, :data ->> 'memberId');

-- on loan.book.added.v1
UPDATE loans SET copies = copies + (:data ->> 'copies') WHERE loan_id = :id;

-- query loans_of_member (member text)
SELECT loan_id, copies FROM loans WHERE member = :member ORDER BY loan_id;
