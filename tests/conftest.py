"""For all tests: no deadline for generated examples, since a kernel compiles at its first call."""

from hypothesis import settings

settings.register_profile("bloomery", deadline=None)
settings.load_profile("bloomery")
