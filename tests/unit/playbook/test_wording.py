"""Every template that ships can be rendered, proves all that it says, and says what it must."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from agent.composing import compose_template
from agent.domain.candidates import Candidate
from agent.domain.content_check import check_content
from agent.domain.evidence import Evidence
from agent.domain.plays import DO_NOTHING
from agent.domain.proposing import propose
from agent.playbook.loader import DEFAULT, load
from agent.writing import allowed_in_full
from tests.unit.playbook.situations import ENGINEERS, TIERS, Situation, article, asset

PLAYBOOK = load(DEFAULT)
LANGUAGES = ("en", "de", "fr", "es")
ROLES = ("champion", "economic_buyer", "technical_buyer", "admin", "user")
SECURITY = asset("ast_1", 0.9, topics=("security", "adoption"), title="How we keep data safe")
SITUATIONS = (
    Situation("deal.silent", {"deal.objection": "pricing", "deal.requested_discount_pct": 12.5}, materials=(SECURITY,)),
    Situation("contract.renewal_window"),
    Situation("usage.dropped", materials=(SECURITY,)),
    Situation(
        "ticket.created", {"ticket.incident": "INC-7", "ticket.refund_amount": 120.5},
        materials=(article("art_1", 0.8),), groups=(*TIERS, ENGINEERS),
    ),
    Situation("request.search", materials=(article("art_1", 0.8),), groups=(*TIERS, ENGINEERS)),
)  # fmt: skip


def wordings() -> Iterator[tuple[str, str, Candidate, Evidence]]:
    """Every play for every kind of reader, once."""
    for situation in SITUATIONS:
        for language in LANGUAGES:
            for role in ROLES if language == "en" else ROLES[:1]:
                reader = {"contact.language": language, "contact.role": role}
                evidence = Situation(
                    situation.event,
                    {**situation.facts, **reader},
                    materials=situation.materials,
                    groups=situation.groups,
                ).evidence(PLAYBOOK)
                by_play = {c.play: c for c in propose(PLAYBOOK, evidence) if c.play != DO_NOTHING}
                yield from ((language, role, candidate, evidence) for candidate in by_play.values())


def test_every_play_has_words() -> None:
    assert {candidate.play for _, _, candidate, _ in wordings()} == set(PLAYBOOK.plays)


@pytest.mark.parametrize(
    ("language", "role", "candidate", "evidence"),
    [pytest.param(*one, id=f"{one[2].play}-{one[0]}-{one[1]}") for one in wordings()],
)
def test_a_template_proves_all_that_it_says(language: str, role: str, candidate: Candidate, evidence: Evidence) -> None:
    play = PLAYBOOK.plays[candidate.play]
    composed = compose_template(play, candidate, evidence, vendor="Tessera")
    assert check_content(composed.content, allowed=allowed_in_full(play, candidate, evidence, composed)) == []
    assert composed.language == (language if play.content and language in play.content.body else "en")
    assert not re.search(r"\{\{|\}\}|None|[ \t]+\n|\n{3,}", composed.content["body"])


_SURE = {"account.name", "ticket.subject", "ticket.incident"}
"""Facts that a record cannot be without, or without which a rule would forbid the play."""


@pytest.mark.parametrize(
    ("candidate", "evidence"),
    [pytest.param(one, given, id=one.play) for language, role, one, given in wordings() if (language, role) == ("en", "user")],
)
def test_what_a_source_leaves_out_does_not_leave_a_text_unwritten(candidate: Candidate, evidence: Evidence) -> None:
    facts = tuple(fact for fact in evidence.facts if fact.of is not None or fact.name in _SURE)
    materials = tuple(replace(one, url="", passage="") if one.kind == "article" else one for one in evidence.materials)
    contacts = tuple(replace(one, first_name="", role="", title="", language="") for one in evidence.contacts)
    bare = replace(evidence, facts=facts, materials=materials, contacts=contacts)
    body = compose_template(PLAYBOOK.plays[candidate.play], candidate, bare, vendor="Tessera").content["body"]
    assert not re.search(r"\{\{|None|[ \t]+\n|\n{3,}", body)


@pytest.mark.parametrize("name", [name for name, play in PLAYBOOK.plays.items() if play.disclosure])
def test_public_replies_say_that_they_are_automatic(name: str) -> None:
    content = PLAYBOOK.plays[name].content
    assert content is not None
    said = {"en": "prepared automatically", "de": "automatisch erstellt", "fr": "automatiquement", "es": "automática"}
    assert {language: said[language] in body for language, body in content.body.items()} == dict.fromkeys(content.body, True)


def test_customers_are_written_to_in_german_too() -> None:
    seen = {name: set(play.content.body) for name, play in PLAYBOOK.plays.items() if play.customer_visible and play.content}
    assert all({"en", "de"} <= languages for languages in seen.values())
    assert all(set(LANGUAGES) <= seen[name] for name in ("help-article-public", "ask-for-details", "incident-notice"))


def test_the_reader_is_addressed_by_what_is_known_of_them() -> None:
    texts = {
        (language, role): compose_template(PLAYBOOK.plays[c.play], c, evidence, vendor="Tessera").content["body"]
        for language, role, c, evidence in wordings()
        if c.play == "follow-up-content"
    }
    assert texts["en", "champion"].startswith("Hello Carla,")
    assert texts["de", "champion"].startswith("Guten Tag Carla Case,")
    assert len({texts["en", "champion"], texts["en", "economic_buyer"], texts["en", "technical_buyer"]}) == 3
