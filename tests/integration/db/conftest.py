"""The same store as the unit tests have."""

from tests.unit.db.conftest import store

__all__ = ["store"]
