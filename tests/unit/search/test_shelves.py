"""Who may be shown what."""

from integrations.search.passages import Article
from integrations.search.shelves import Allowed, Shelf


def test_a_shelf_is_read_as_it_was_stored() -> None:
    shelf = Shelf.of(Article("a", "T", "", "public", "de", "flow", plans=("Team", "Business"), regions=("AT",)))
    assert Shelf.read(shelf.stored) == shelf == Shelf("public", "flow", "de", ("Business", "Team"), ("AT",))


def test_what_names_nothing_is_for_all() -> None:
    everything = Shelf("public", None, "en")
    assert everything in Allowed("en", "public", "flow", "Team", "AT")
    assert everything in Allowed("en")
    assert everything not in Allowed("de")
    assert everything not in Allowed("en", "internal")


def test_what_is_for_some_is_not_for_one_of_whom_nobody_knows() -> None:
    some = Shelf("public", None, "en", plans=("Team",))
    assert some in Allowed("en", plan="team")
    assert some not in Allowed("en", plan="")
    assert some in Allowed("en", plan=None)
