SELECT coalesce(sum(length(stream) + length(type) + length(id) + length(data) + length(meta)), 0)
  FROM annal_parked;
