"""The figures of a period: what was recommended, decided by people, done, and came of it; what it caused; and what each rule costs."""

from dataclasses import dataclass
from datetime import datetime

from agent.domain.lift import Lift, lift_of
from agent.domain.metrics import Counted, Struck, counted
from agent.domain.reliability import Foretold
from agent.ports import Pace, Store


@dataclass(frozen=True, slots=True)
class SurfaceFigures:
    """One surface: the whole, by play, and what acting caused, which only a holdout can tell."""

    id: str
    whole: Counted
    plays: dict[str, Counted]
    lift: Lift


@dataclass(frozen=True, slots=True)
class Figures:
    """A period with its surfaces, busiest first; the rules that struck something out, the dearest first; how quickly all went; and what was
    foretold, beside what came.
    """

    since: datetime
    until: datetime
    currency: str
    surfaces: tuple[SurfaceFigures, ...]
    rules: dict[str, Struck]
    pace: Pace
    foretold: Foretold


async def measure(store: Store, *, since: datetime, until: datetime, currency: str, surface: str | None = None, rules: bool = True) -> Figures:
    """Count everything once; what rules struck out only with `rules`."""
    tally = await store.tally(since=since, until=until, surface=surface)
    surfaces = [
        SurfaceFigures(name, whole, dict(sorted(plays.items())), lift_of(await store.trials(name, since=since, until=until)))
        for name, (whole, plays) in counted(tally.fates).items()
    ]
    struck = await store.struck(since=since, until=until, surface=surface) if rules else {}
    by_cost = sorted(struck.items(), key=lambda item: (-item[1].cost.total(), -item[1].candidates, item[0]))
    busiest = tuple(sorted(surfaces, key=lambda one: (-one.whole.decisions, one.id)))
    return Figures(since, until, currency, busiest, dict(by_cost), tally.pace, tally.foretold)
