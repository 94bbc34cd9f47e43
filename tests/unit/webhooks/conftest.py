from hypothesis import HealthCheck, settings

# A busy machine is no reason to fail: examples are judged by what they show, not by how long they take.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")
