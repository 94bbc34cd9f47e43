"""What the address of the queue says of which asks are looked at, and the way back to it."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from fastapi import Request

from agent.listing import AskPage, Queued
from integrations.console import answers
from integrations.console.forms import Form
from integrations.telling import words

PATH = "/console/queue"
IN_ADDRESS = ("mine", "surface", "role", "account", "q", "after", "before")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address says of which asks are looked at."""

    mine: bool = False
    surface: str = ""
    role: str = ""
    account: str = ""
    q: str = ""

    @classmethod
    def of(cls, request: Request) -> "Filters":
        """As the address has them."""
        given = request.query_params
        said = {name: words.one_line(given.get(name, ""))[:200] for name in ("surface", "role", "account", "q")}
        return cls(mine=bool(given.get("mine")), **said)

    def queued(self, who: str) -> Queued:
        """As the service takes them."""
        return Queued(who if self.mine else "", self.surface, self.role, self.account, self.q)

    @property
    def any(self) -> bool:
        """Whether some ask may be left out."""
        return self != Filters()

    def query(self, **more: str) -> str:
        """The address's query, without what says nothing."""
        said = {"mine": "1" if self.mine else "", "surface": self.surface, "role": self.role, "account": self.account, "q": self.q, **more}
        return urlencode({name: value for name, value in said.items() if value})


def pager(filters: Filters, found: AskPage) -> dict[str, str]:
    """The addresses of the pages before and after, where there are such."""
    before = f"{PATH}?{filters.query(before=found.asks[0])}" if found.before and found.asks else ""
    after = f"{PATH}?{filters.query(after=found.asks[-1])}" if found.after and found.asks else ""
    return {"before": before, "after": after}


def way_back(form: Form) -> str:
    """The page that the form was on: the queue, as it was filtered."""
    query = urlencode([(name, value) for name, value in parse_qsl(form.text("back"), max_num_fields=50) if name in IN_ADDRESS])
    return answers.within(f"{PATH}?{query}", PATH) if query else PATH
