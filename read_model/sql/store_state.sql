SELECT state, successor FROM annal_generation WHERE one = 1
