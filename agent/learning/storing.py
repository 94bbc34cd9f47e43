"""A model as stored JSON, and back. What cannot be read is refused as a whole: half a model decides nothing."""

import json
import math
from typing import Any

from agent.domain.features import EDITION, NAMES
from agent.domain.model import Calibration, Family, Model
from agent.errors import NextplayError

SCHEMA = 1


class Unreadable(NextplayError):
    """A stored model cannot be read."""

    def __init__(self, version: str, why: str) -> None:
        super().__init__(f"The model {version} cannot be read: {why}.", "Put another in force: nextplay model rollback VERSION --why … --as …")


def model_to_json(model: Model) -> str:
    """The parameters as canonical JSON: the same model is the same text."""
    stored = {
        "schema": SCHEMA,
        "features": EDITION,
        "families": {
            kind: {"weights": dict(sorted(one.weights.items())), "played": one.played, "cases": one.cases, "held": one.held}
            for kind, one in sorted(model.families.items())
        },
        "calibrations": {
            kind: {"slope": one.slope, "intercept": one.intercept, "cases": one.cases} for kind, one in sorted((model.calibrations or {}).items())
        },
    }
    return json.dumps(stored, sort_keys=True, separators=(",", ":"))


def model_from_json(version: str, text: str) -> Model:
    """The model of that version. Raises Unreadable with what is wrong."""
    try:
        stored = json.loads(text)
    except ValueError as error:
        raise Unreadable(version, f"it is no JSON ({error})") from None
    if not isinstance(stored, dict) or stored.get("schema") != SCHEMA:
        found = stored.get("schema") if isinstance(stored, dict) else None
        raise Unreadable(version, f"it has schema {found}, this release knows {SCHEMA}")
    if stored.get("features") != EDITION:
        raise Unreadable(version, f"it was trained on edition {stored.get('features')} of the features, this release has {EDITION}")
    try:
        families = {kind: _family(one) for kind, one in stored["families"].items()}
        calibrations = {kind: _calibration(one) for kind, one in stored["calibrations"].items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(version, f"a part of it is not as it should be ({type(error).__name__}: {error})") from None
    return Model(version, families, calibrations)


def _family(stored: dict[str, Any]) -> Family:
    weights = {name: _number(weight) for name, weight in stored["weights"].items()}
    if unknown := weights.keys() - set(NAMES):
        raise ValueError(f"no feature is called {min(unknown)}")
    return Family(weights, _number(stored["played"]), int(stored["cases"]), int(stored["held"]))


def _calibration(stored: dict[str, Any]) -> Calibration:
    return Calibration(_number(stored["slope"]), _number(stored["intercept"]), int(stored["cases"]))


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} is no finite number")
    return float(value)
