"""The store keeps its promises to those who know it only by its ports."""

from agent.ports import Store
from integrations.db.store import SqlStore
from integrations.tokens import TokenStore


def test_the_store_implements_its_ports(store: SqlStore) -> None:
    """The type checker does the work; this makes sure that it looks."""
    ports: tuple[Store, TokenStore] = (store, store)
    assert ports == (store, store)


def test_every_method_of_the_port_is_there() -> None:
    wanted = {name for name in vars(Store) if not name.startswith("_")}
    assert wanted <= set(dir(SqlStore))
