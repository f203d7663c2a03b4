UPDATE annal_generation SET state = :state, successor = :successor WHERE one = 1
