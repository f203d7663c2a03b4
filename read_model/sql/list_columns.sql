SELECT name, type, "notnull", pk, count(*) OVER () FROM pragma_table_xinfo(:table)
 WHERE hidden IN (0, 2, 3) ORDER BY cid
