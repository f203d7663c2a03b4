SELECT 1 FROM pragma_function_list WHERE name = lower(:name) LIMIT 1
