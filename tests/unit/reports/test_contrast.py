"""Whoever does not see well can read every text of a report: 4.5 to 1 at least, as WCAG 2.2 asks for (1.4.3)."""

import re
from importlib.resources import files

import pytest

STYLE = files("integrations.reports").joinpath("templates", "style.css").read_text()
LIGHT, DARK, PRINT = (dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{3,6})", block)) for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL))
TEXTS = ("ink", "soft", "faint", "accent", "good", "bad", "warn", "c1", "c2", "c3", "c4", "c5", "c6")
ON = [(text, ground) for text in TEXTS for ground in ("card", "paper")]
ON += [(text, "track") for text in ("ink", "soft", "faint")] + [(tone, f"{tone}-bg") for tone in ("good", "bad", "warn")]
ON += [("ink", "muted"), *[("inside", tone) for tone in ("soft", "good", "bad", "warn", "c1", "c2", "c3", "c4", "c5", "c6")]]
"""Figures within bars; those of `muted` are in ink."""
ON += [("soft", "plain-bg"), *[("ink", f"{tone}-bg") for tone in ("good", "bad", "warn", "plain")]]


def _light(colour: str) -> float:
    """Its relative luminance."""
    digits = "".join(one * 2 for one in colour[1:]) if len(colour) == 4 else colour[1:]
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((_light(one), _light(other)))
    return (light + 0.05) / (dark + 0.05)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("colours", [LIGHT, DARK, PRINT], ids=["light", "dark", "print"])
def test_every_text_stands_out_from_its_ground(colours: dict[str, str]) -> None:
    low = {f"{text} on {ground}": round(contrast(colours[text], colours[ground]), 2) for text, ground in ON}
    assert {pair: found for pair, found in low.items() if found < 4.5} == {}
