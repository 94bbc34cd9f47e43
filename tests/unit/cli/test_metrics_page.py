from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.domain.lift import Lift, Trial, lift_of
from agent.domain.metrics import Counted, Struck
from agent.domain.reliability import Foretold
from agent.measuring import Figures, SurfaceFigures
from agent.ports import Pace
from integrations.cli.metrics_page import page_of

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
UNKNOWN = Lift(None, None, why="too few to compare: 3 families treated, 0 held out; 20 of each are needed")
BUSY = Counted(decisions=12_345, asked=9_999, approved=8_000, delivered=7_777, converted=1_234, guardrails=Counter(reopened=3, complaint=1))


def surface(name: str = "deal-follow-up", plays: int = 2, lift: Lift = UNKNOWN, whole: Counted = BUSY) -> SurfaceFigures:
    return SurfaceFigures(name, whole, {f"help-article-public-{number}": BUSY for number in range(plays)}, lift)


def told(*surfaces: SurfaceFigures, width: int = 80, **rules: Struck) -> str:
    figures = Figures(NOW - timedelta(days=30), NOW, "EUR", surfaces, rules, Pace({}, {}), Foretold())
    return "\n".join(line.plain for line in page_of(figures, width).lines)


@pytest.mark.parametrize("plays", [1, 2, 40])
@pytest.mark.parametrize("width", [80, 120])
def test_it_fits_the_width_and_cuts_no_figure(plays: int, width: int) -> None:
    text = told(
        surface(plays=plays), width=width, **{"no-selling-during-open-p1-of-the-whole-family": Struck(10, 99, 3, Counter(money=1_234_567), Counter())}
    )
    assert max(map(len, text.splitlines())) <= width
    assert text.count("12345") == plays + (plays > 1)
    assert "1,234,567 EUR" in text


def test_an_empty_time_says_what_to_do() -> None:
    assert "Nothing was decided in this time. Look further back" in told()


def test_what_it_caused_is_unknown_until_a_holdout_tells() -> None:
    assert "caused    unknown: too few to compare" in told(surface())
    trials = [Trial(f"{held}{n}", held, n < (10 if held else 40)) for held in (False, True) for n in range(100)]
    text = " ".join(told(surface(lift=lift_of(trials)), width=120).split())
    assert "caused +30.0 points (95 %: +18" in text
    assert "100 families treated (40.0%), 100 held out (10.0%)" in text


def test_money_and_minutes_are_told_apart() -> None:
    whole = Counted(decisions=1, amount=16_000.0, minutes=120.0, minutes_assumed=48.0, bounced=1, assisted=2)
    text = " ".join(told(surface(whole=whole)).split())
    assert "16,000 EUR; 120 minutes saved, as the plays state them; 48 more are assumed" in text
    assert "1 message came back; 2 conversions were assists" in text


def test_what_was_decided_beyond_its_only_play_is_counted_too() -> None:
    """Nothing was chosen the other time: that is a decision as well."""
    one = SurfaceFigures("renewal", Counted(decisions=2), {"renewal-play": Counted(decisions=1)}, UNKNOWN)
    assert [line.split()[:2] for line in told(one).splitlines() if line.startswith(("  renewal-play", "  all"))][:2] == [
        ["renewal-play", "1"],
        ["all", "2"],
    ]
    assert "  all " not in told(SurfaceFigures("renewal", Counted(decisions=1), {"renewal-play": Counted(decisions=1)}, UNKNOWN))


def test_rules_beyond_a_page_are_counted() -> None:
    rules: dict[str, Any] = {f"r{number}": Struck(1, 1) for number in range(20)}
    assert "… and 5 more: nextplay metrics --json" in told(surface(), **rules)
