SELECT coalesce(max(stream), 0) FROM streams
