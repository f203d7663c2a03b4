SELECT 1 FROM pragma_index_list(:table) WHERE origin = 'pk' LIMIT 1
