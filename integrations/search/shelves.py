"""Shelves: what decides whether an article may be shown, whatever it says. Pure."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, Self

from integrations.search.passages import Article


class Shelf(NamedTuple):
    """Articles that are shown to the same people. Empty `plans` or `regions`: to those of all."""

    visibility: str
    product: str | None
    language: str
    plans: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()

    @classmethod
    def of(cls, article: Article) -> Self:
        """Where an article stands."""
        return cls(article.visibility, article.product, article.language, tuple(sorted(article.plans)), tuple(sorted(article.regions)))

    @classmethod
    @lru_cache(maxsize=1024)  # they are few, and read for every search
    def read(cls, stored: str) -> Self:
        """As it is stored."""
        visibility, product, language, plans, regions = json.loads(stored)
        return cls(visibility, product, language, tuple(plans), tuple(regions))

    @property
    def stored(self) -> str:
        """To be stored."""
        return json.dumps(self)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Who asks, or for whom. None: whatever it is."""

    language: str
    visibility: str | None = None
    product: str | None = None
    plan: str | None = None
    region: str | None = None

    def __contains__(self, shelf: Shelf) -> bool:
        """An article that names no product, plan or region fits every one."""
        return (
            shelf.language == self.language
            and self.visibility in (None, shelf.visibility)
            and (self.product is None or shelf.product in (None, self.product))
            and _for(self.plan, shelf.plans)
            and _for(self.region, shelf.regions)
        )


def _for(one: str | None, named: tuple[str, ...]) -> bool:
    return one is None or not named or one.casefold() in (name.casefold() for name in named)
