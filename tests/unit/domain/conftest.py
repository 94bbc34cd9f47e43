"""Properties are tried on the same examples everywhere."""

from hypothesis import settings

settings.register_profile("domain", settings.get_profile("steady"), derandomize=True)
settings.load_profile("domain")
