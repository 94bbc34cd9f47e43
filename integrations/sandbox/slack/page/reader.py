"""The member for whom the page is rendered: names as they know them, moments in their time zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.roster import Member
from integrations.sandbox.slack.timing import Clock


@dataclass(frozen=True, slots=True)
class Reader:
    """Looks names and times up."""

    me: Member
    people: dict[str, str]
    rooms: dict[str, str]
    clock: Clock

    @classmethod
    def of(cls, core: Core, me: Member) -> "Reader":
        """For a member of a workspace."""
        return cls(me, {one.id: one.name for one in core.members.values()}, {one.id: one.name for one in core.channels() if one.name}, core.clock)

    def local(self, seconds: float) -> datetime:
        """A moment in the member's time zone."""
        return datetime.fromtimestamp(seconds, ZoneInfo(self.me.timezone))

    @property
    def today(self) -> date:
        """The member's day."""
        return self.clock().astimezone(ZoneInfo(self.me.timezone)).date()

    def time(self, ts: str) -> str:
        """The time of day of a message."""
        return clock_time(self.local(float(ts)))

    def day(self, ts: str) -> str:
        """The day of a message, as it stands between messages."""
        return self.named(self.local(float(ts)).date(), long=True)

    def named(self, day: date, *, long: bool) -> str:
        """Today and yesterday by name, other days by date."""
        ago = (self.today - day).days
        if ago in (0, 1):
            return ("Today", "Yesterday")[ago]
        shown = f"{day:%A}, {day:%B} {_ordinal(day.day)}" if long else f"{day:%b} {_ordinal(day.day)}"
        return shown if abs(ago) < 300 else f"{shown}, {day.year}"

    def moment(self, seconds: int, pattern: str) -> str:
        """A moment by one of the patterns of Slack's `<!date>`."""
        at = self.local(seconds)
        pretty = self.named(at.date(), long=False) if abs(self.today - at.date()) <= timedelta(days=1) else ""
        parts = {
            "date_num": f"{at:%Y-%m-%d}",
            "date_short": f"{at:%b} {at.day}, {at.year}",
            "date_long": f"{at:%A}, {at:%B} {_ordinal(at.day)}, {at.year}",
            "date": f"{at:%B} {_ordinal(at.day)}, {at.year}",
            "time_secs": f"{at:%H:%M:%S}",
            "time": clock_time(at),
        }
        parts |= {f"{name}_pretty": pretty or parts[name] for name in ("date_short", "date_long", "date")}
        for name in sorted(parts, key=len, reverse=True):
            pattern = pattern.replace(f"{{{name}}}", parts[name])
        return pattern


def clock_time(at: datetime) -> str:
    """As Slack writes the time of day."""
    return f"{at.hour % 12 or 12}:{at:%M} {'AM' if at.hour < 12 else 'PM'}"


def _ordinal(day: int) -> str:
    return f"{day}{'th' if 11 <= day <= 13 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}"
