"""The whole decision: always the same from the same evidence, whatever order it was gathered in and however it was stored."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic_core import from_json, to_json

from agent.domain.deciding import NO_CONFIDENCE, Judgement, conclude, decide, gate
from agent.domain.evidence import Calendar, Evidence, OpenProposal
from agent.domain.facts import Status
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING
from agent.domain.proposing import propose
from agent.graph.storing import evidence_from_json
from tests.unit.domain.building import (
    ALWAYS,
    AT,
    DAY,
    block,
    contact,
    event,
    evidence,
    fact,
    facts,
    group,
    material,
    past,
    person,
    play,
    playbook,
    rule,
    surface,
    task,
    touch,
)


def rich_playbook() -> Playbook:
    """Two plays that write, one that escalates, and every kind of rule."""
    write = play(
        value="deal.amount * 0.2", cost_always="6.0", prior={"with": "0.3 + 0.1 * asset.strength", "without": "0.3"},
        recipient={"roles": ["champion"]}, material={"source": "assets", "at_most": 2}, exclusive_group="outreach",
        fits=[{"id": "f", "cel": "asset.language != contact.language", "weight": -0.3, "says": "another language"}],
    )  # fmt: skip
    offer = play(
        "offer", params={"discount_pct": {"type": "number", "default": 0.0, "max": 30}}, cost_if_taken="candidate.discount_value", risk="high"
    )
    return playbook(
        rule("contact.opted_out", id="opted_out", layer="consent", on_missing="forbid", applies_to={"reach": "customer"}),
        rule("candidate.discount_pct > params.most", id="discount", params={"most": 10}, effect={"kind": "ask", "of": ["deal_desk"]}),
        rule("account.tier == 'strategic'", id="strategic", effect="ask", marks_sensitive=True),
        rule("history.sent_before", id="twice", layer="contact"),
        rule("contract.end < timestamp('2027-01-01T00:00:00Z')", id="ending", effect={"kind": "boost", "factor": 1.5}),
        rule(id="cap", layer="contact", scope="contact", effect={"kind": "cap", "per": "7d", "limit": 3}),
        rule(id="hours", layer="contact", effect={"kind": "defer", "until": "recipient_hours"}),
        rule(id="pause", layer="contact", effect={"kind": "cooldown", "per": "14d"}),
        rule("account.health < 10", id="save", effect={"kind": "require", "of": ["escalate"]}),
        plays=[write, offer, task("escalate", target="group")],
        on=surface(mode="auto", plays=["mail", "offer", "escalate"], holdout={"share": 0.3}),
    )  # fmt: skip


def rich_evidence(**changes: Any) -> Evidence:
    """A deal with three contacts, two assets, history, calendars, and facts of every type and status."""
    plain: dict[str, Any] = {
        "facts": (
            *facts({
                "deal.amount": 48000, "account.tier": "enterprise", "account.health": 55, "account.name": "Acc", "deal.competitor": None,
                "contract.end": AT + 30 * DAY, "account.products": ["a", "b"], "deal.rate": Status.STALE, "usage.seats": Status.MISSING,
            }),
            *facts({"contact.opted_out": False, "contact.language": "de"}, of="ann"), *facts({"contact.opted_out": True}, of="bob"),
            *facts({"asset.strength": 0.9, "asset.language": "en"}, of="guide"), *facts({"asset.strength": 0.7, "asset.language": "de"}, of="case"),
        ),
        "contacts": (contact("ann"), contact("bob"), contact("cid", role="user")),
        "materials": (material("guide", strength=0.9), material("case", strength=0.7)), "groups": (group("g1"), group("g2", tier=1)),
        "touches": (touch(1, contact="ann"), touch(3, contact="bob"), touch(-2, contact="cid", content="case")),
        "past": (past(30), past(40, play="offer", recipient="bob"), past(9, what="delivered", material="case")),
        "calendars": {"ann": Calendar("Europe/Berlin", dict.fromkeys(range(5), (540, 1020)), frozenset({date(2026, 12, 25)})), "bob": ALWAYS},
        "people": (person("rep", "sales_rep", calendar=ALWAYS), person("boss", "sales_manager", away_until=AT + DAY, delegate="rep")),
        "open_proposals": (OpenProposal("dec_0", "offer", "", "acc", "ann", "digest", "deal"),), "labels": {"mail": 70}, "family": ("acc", "sister"),
        "event": event(version=3, actor="rep", data={"stage": "proposal", "requested_by": "rep"}), "params": {"discount_pct": 12},
        "blocks": (block(ref="other", until=AT + DAY),),
    }  # fmt: skip
    return evidence(**{**plain, **changes})


def stored(given: Evidence) -> Evidence:
    return evidence_from_json(from_json(to_json(given)))


SITUATIONS = {
    "usual": rich_evidence(),
    "at night": rich_evidence(at=AT + DAY / 2),
    "an emergency": rich_evidence(facts=(fact("account.health", 5),)),
    "an emergency without people": rich_evidence(facts=(fact("account.health", 5),), groups=()),
    "nothing known": rich_evidence(facts=(), contacts=(), materials=(), calendars={}),
    "stopped": rich_evidence(blocks=(block("surface", "deals"),)),
    "strategic": rich_evidence(facts=(*rich_evidence().facts, fact("account.tier", "strategic"))),
    "held out": rich_evidence(family=("fam0", "fam9")),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_the_same_evidence_gives_the_same_judgement_also_after_storing(name: str) -> None:
    given = SITUATIONS[name]
    first = decide(rich_playbook(), given)
    assert decide(rich_playbook(), given) == first
    assert decide(rich_playbook(), stored(given)) == first
    assert stored(stored(given)) == stored(given)


def test_the_situations_differ() -> None:
    routes = {name: (found.route, found.choice) for name, found in ((n, decide(rich_playbook(), given)) for n, given in SITUATIONS.items())}
    assert routes == {
        "usual": ("act", "mail/ann/guide"),
        "at night": ("deferred", "mail/ann/guide"),
        "an emergency": ("act", "escalate/g1"),
        "an emergency without people": ("none", None),
        "nothing known": ("none", None),
        "stopped": ("none", None),
        "strategic": ("ask", "mail/ann/guide"),
        "held out": ("holdout", "mail/ann/guide"),
    }


@settings(max_examples=60)
@given(
    contacts=st.permutations(rich_evidence().contacts),
    materials=st.permutations(rich_evidence().materials),
    touches=st.permutations(rich_evidence().touches),
    happened=st.permutations(rich_evidence().past),
    known=st.permutations(rich_evidence().facts),
    groups=st.permutations(rich_evidence().groups),
)
def test_the_order_in_which_things_were_gathered_changes_nothing(
    contacts: Any, materials: Any, touches: Any, happened: Any, known: Any, groups: Any
) -> None:
    given = rich_evidence(
        contacts=tuple(contacts), materials=tuple(materials), touches=tuple(touches), past=tuple(happened), facts=tuple(known), groups=tuple(groups)
    )
    assert decide(rich_playbook(), given) == decide(rich_playbook(), rich_evidence())


def test_the_parts_give_what_the_whole_gives() -> None:
    book, given = rich_playbook(), rich_evidence()
    candidates = propose(book, given)
    assert conclude(book, given, candidates, gate(book, given, candidates)) == decide(book, given)


def chosen(found: Judgement) -> str | None:
    return found.chosen.id if found.chosen else None


def test_every_loser_is_explained_and_the_choice_is_not() -> None:
    found = decide(rich_playbook(), rich_evidence())
    assert set(found.counterfactuals) == {c.id for c in found.candidates} - {found.choice}
    assert all(found.counterfactuals.values())
    assert found.verdicts.keys() == found.scores.keys() == {c.id for c in found.candidates}
    assert chosen(found) == found.choice
    assert found.candidate("unknown") is None


def test_doing_nothing_loses_only_where_something_is_chosen() -> None:
    assert decide(playbook(), evidence()).counterfactuals == {
        DO_NOTHING: "chosen instead: 'Mail', because its expected value of 30.00 EUR is above 0"
    }
    assert DO_NOTHING not in decide(playbook(rule()), evidence()).counterfactuals


ASKED = playbook(plays=[play(value="deal.amount", answers=["deal.stage_changed"]), play("note", value="10.0")])


@pytest.mark.parametrize(("status", "code"), [(Status.MISSING, "fact_missing"), (Status.STALE, "fact_stale")])
def test_what_was_asked_for_and_cannot_be_valued_is_put_to_a_person(status: Status, code: str) -> None:
    found = decide(ASKED, evidence({"deal.amount": status}))
    assert (chosen(found), found.route) == ("mail/ann", "ask")
    assert code in [reason.code for reason in found.reasons]
    assert "could not be valued" in found.counterfactuals[DO_NOTHING]
    assert found.counterfactuals["note/ann"].startswith("ranked below 'Mail', which was asked for")


def test_what_was_asked_for_and_can_be_valued_must_be_worth_it() -> None:
    assert chosen(decide(ASKED, evidence({"deal.amount": 1.0}))) == "note/ann"
    assert chosen(decide(ASKED, evidence({"deal.amount": 100.0}))) == "mail/ann"


def test_what_nobody_asked_for_and_cannot_be_valued_is_left() -> None:
    other = evidence({"deal.amount": Status.MISSING}, event=event(type="deal.silent"))
    assert chosen(decide(ASKED, other)) == "note/ann"


def test_a_choice_has_its_confidence_and_nothing_has_none() -> None:
    assert decide(playbook(), evidence()).confidence.value == 1.0
    assert decide(playbook(rule()), evidence()).confidence == NO_CONFIDENCE


def test_sensitive_is_said_of_the_choice_or_of_all_when_nothing_was_chosen() -> None:
    touchy = rule("contact.role == 'user'", id="touchy", effect="ask", marks_sensitive=True)
    given = evidence(
        facts=(*facts({"contact.role": "champion"}, of="ann"), *facts({"contact.role": "user"}, of="bob")), contacts=(contact("ann"), contact("bob")),
    )  # fmt: skip
    assert decide(playbook(touchy), given).sensitive == ()
    assert decide(playbook(touchy, rule(id="stop")), given).sensitive == ("touchy",)


def test_a_required_play_that_cannot_run_is_named_and_nothing_else_is_done() -> None:
    needs = rule(id="p1", effect={"kind": "require", "of": ["escalate"]})
    book = playbook(needs, plays=[play(), task("escalate", target="group")])
    found = decide(book, evidence())
    assert (found.route, found.choice, found.unmet) == ("none", None, ("escalate",))
    assert found.counterfactuals == {
        "mail/ann": "set aside: a rule requires escalate, which is not possible now",
        "escalate": "allowed if there were a fitting group",
    }
    met = decide(book, replace(evidence(), groups=(group(),)))
    assert (met.route, met.choice, met.unmet) == ("act", "escalate/tier2", ())
