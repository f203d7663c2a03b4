SELECT s.name, s.sql, l."unique"
  FROM sqlite_schema AS s JOIN pragma_index_list(s.tbl_name) AS l ON l.name = s.name
 WHERE s.type = 'index' AND s.sql IS NOT NULL ORDER BY s.rowid
