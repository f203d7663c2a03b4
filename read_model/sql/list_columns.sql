SELECT name, type, "notnull", pk FROM pragma_table_xinfo(:table)
 WHERE hidden IN (0, 2, 3) ORDER BY cid
