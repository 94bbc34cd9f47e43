"""The same store as the unit tests have."""

from tests.unit.db.conftest import store, template, url

__all__ = ["store", "template", "url"]
