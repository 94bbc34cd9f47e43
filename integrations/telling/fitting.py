"""How well an article fits, in words."""

ANSWERS, MAY = 0.6, 0.35


def fit(strength: float) -> str:
    """The strength of an article as people say it."""
    return "answers it" if strength >= ANSWERS else "may answer it" if strength >= MAY else "is near it"
