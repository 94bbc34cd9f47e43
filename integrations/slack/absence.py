"""What a Slack status says of being away. Pure: a profile in, a word out."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

EMOJI = frozenset({":palm_tree:", ":face_with_thermometer:", ":desert_island:", ":beach_with_umbrella:"})
"""Slack's own emoji for holidays and illness, and those that mean nothing else. Travelling, commuting or a meeting is no absence."""

_WORDS = (
    r"vacation(?:ing)?|holidays?|on leave|(?:annual|parental|maternity|paternity|sick|medical) leave|"
    r"pto|ooo|o\.o\.o\.?|out of (?:the )?office|out sick|off sick|sick|away from work|"
    r"(?:im )?urlaub|krank(?:gemeldet)?|abwesend|(?:in )?elternzeit|en (?:vacances|congés?)|vacances|congés?|de vacaciones|vacaciones|de baja"
)
_UNTIL = r"until|till|til|thru|through|to|from|since|back|today|this|for|bis|ab|zurück|heute|jusqu|hasta"
_AWAY = re.compile(rf"\W*(?:i'?m |currently |on |am )*(?:{_WORDS})(?:\W*$|\W+(?:{_UNTIL})\b.*|\s*[^\w\s].*|\s+\d.*)", re.IGNORECASE | re.DOTALL)


def away_of(profile: Mapping[str, Any]) -> tuple[bool, datetime | None]:
    """Whether a profile's status says that its person is away, and until when; None where the status does not end by itself."""
    text, emoji = str(profile.get("status_text") or "").strip(), str(profile.get("status_emoji") or "")
    ends = profile.get("status_expiration")
    until = datetime.fromtimestamp(ends, UTC) if isinstance(ends, int) and ends > 0 else None
    return emoji in EMOJI or _AWAY.fullmatch(text) is not None, until
