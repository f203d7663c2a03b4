SELECT saga, version, count(*), min(id), max(id) FROM sagas WHERE phase <> 'ended' GROUP BY saga, version
