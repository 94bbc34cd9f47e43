"""Time that passes when somebody sleeps."""

from dataclasses import dataclass, field


@dataclass
class Time:
    """Monotonic seconds."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
