"""What can be wrong in a case: dangers, that no release may have, and nuisances, that cost time and trust."""

from dataclasses import dataclass

DANGERS = {
    "policy_violation": "an effect that the policy forbids, or a duty that was not done",
    "unapproved_sensitive": "something that needs a person's approval happened without it, or was approved by the wrong one",
    "wrong_recipient": "it went to somebody else",
    "public_instead_of_internal": "the customer could read what was for colleagues",
    "invented_fact": "a text says what nothing proves",
    "stale_fact": "a fact that is out of date was used as if it were fresh",
}
"""Kinds of dangerous errors, with what they mean."""

NUISANCES = {
    "crashed": "the case could not be played to its end",
    "missed": "something that should have happened did not",
    "needless": "something happened that nobody needed",
    "wrong_choice": "another action than the allowed ones was chosen",
    "wrong_route": "it was asked, done or left for another reason than expected",
    "wrong_ask": "other people were asked",
    "not_cited": "a rule or reason that decided is not named",
    "not_found": "an article that answers was not found",
    "not_said": "a text lacks what it has to say",
    "not_told": "colleagues were not told, or for nothing",
    "repeated": "the same person got the same thing again",
}
"""Kinds of annoying errors."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, in a sentence."""

    kind: str
    text: str

    @property
    def dangerous(self) -> bool:
        """Whether it could have done harm."""
        return self.kind in DANGERS
