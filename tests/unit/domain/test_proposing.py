"""Candidates: what is combined, in which order, and under which ids."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.evidence import Evidence
from agent.domain.facts import Fact, FactView, Status
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING
from agent.domain.proposing import MOST_CANDIDATES, MOST_CONTACTS, candidate_id, fill_params, propose, requester_of
from agent.domain.rules import Rule
from tests.unit.domain.building import block, contact, event, evidence, fact, facts, group, material, play, playbook, rule, surface, task, touch

DISCOUNT = {"discount_pct": {"type": "number", "default": 0.0, "min": 0, "max": 30, "from": "deal.requested_discount_pct"}}


def ids(book: Playbook, given: Evidence) -> list[str]:
    found = [one.id for one in propose(book, given)]
    assert found[0] == DO_NOTHING
    return found[1:]


def test_doing_nothing_comes_first_and_is_always_there() -> None:
    assert [one.id for one in propose(playbook(plays=[]), evidence())] == [DO_NOTHING]
    assert propose(playbook(), evidence())[0].kind == "nothing"


def test_plays_come_in_the_order_of_the_surface() -> None:
    book = playbook(plays=[play("a"), play("b")], on=surface(plays=["b", "a"]))
    assert ids(book, evidence()) == ["b/ann", "a/ann"]


def test_a_candidate_carries_what_rules_judge() -> None:
    book = playbook(plays=[play(exclusive_group="g", params=DISCOUNT, channels=["email"])])
    given = evidence(event=event(data={"requested_by": "rep"}), params={"discount_pct": 15})
    one = propose(book, given)[1]
    assert (one.play, one.recipient, one.channel, one.params) == ("mail", "ann", "email", {"discount_pct": 15.0})
    assert (one.proactive, one.customer_visible, one.exclusive_group, one.requester) == (True, True, "g", "rep")


@pytest.mark.parametrize(
    ("recipient", "expected"),
    [
        ({"roles": ["economic_buyer", "champion"]}, ["cid", "ann", "bob"]),
        ({"roles": ["champion"], "at_most": 2}, ["ann", "bob"]),
        ({"roles": ["billing"]}, ["ann", "bob", "cid"]),
        ({}, ["ann", "bob", "cid"]),
        (None, ["ann", "bob", "cid"]),
    ],
)
def test_wanted_roles_come_first_and_then_everybody_else(recipient: Any, expected: list[str]) -> None:
    people = (contact("dan", role="user"), contact("cid", role="economic_buyer"), contact("bob", role="user"), contact("ann"))
    book = playbook(plays=[play(recipient=recipient)])
    assert ids(book, evidence(contacts=people)) == [f"mail/{name}" for name in expected]


def _opted_out(*names: str) -> tuple[Fact, ...]:
    return tuple(fact("contact.opted_out", name in names, of=name) for name in ("ann", "bob", "cid", "dan"))


FOUR = (contact("ann"), contact("bob"), contact("cid"), contact("dan"))
OPTED_OUT = rule("contact.opted_out", id="opted-out")


@pytest.mark.parametrize(
    ("barred", "expected"),
    [
        ((), ["ann", "bob"]),
        (("dan",), ["ann", "bob"]),
        (("ann",), ["bob", "cid", "ann"]),
        (("ann", "bob", "cid"), ["dan", "ann", "bob", "cid"]),
        (("ann", "bob", "cid", "dan"), ["ann", "bob", "cid", "dan"]),
    ],
)
def test_who_may_not_be_written_to_takes_nobodys_place(barred: tuple[str, ...], expected: list[str]) -> None:
    book = playbook(OPTED_OUT, plays=[play(recipient={"at_most": 2})])
    given = evidence(contacts=FOUR, calendars={})
    assert ids(book, replace(given, facts=(*given.facts, *_opted_out(*barred)))) == [f"mail/{name}" for name in expected]


@pytest.mark.parametrize("forbids", [rule("deal.stage == 'lost'"), rule()])
def test_what_forbids_the_play_to_everybody_passes_nobody_over(forbids: Rule) -> None:
    book = playbook(forbids, plays=[play(recipient={"at_most": 2})])
    assert ids(book, evidence({"deal.stage": "lost"}, contacts=FOUR)) == ["mail/ann", "mail/bob"]


def test_who_has_had_one_piece_of_content_may_have_another() -> None:
    book = playbook(rule("history.sent_before"), plays=[play(recipient={"at_most": 1}, material={"source": "assets"})])
    contents = (material("old", strength=0.9), material("new"))
    had = touch(content="old")
    given = evidence(contacts=FOUR, materials=contents, touches=(had,))
    assert ids(book, given) == ["mail/ann/old", "mail/ann/new"]
    had_both = replace(given, touches=(had, touch(content="new")))
    assert ids(book, had_both) == ["mail/bob/old", "mail/bob/new", "mail/ann/old", "mail/ann/new"]


def test_who_has_no_address_is_blocked_or_must_wait_too_long_is_passed_over_too() -> None:
    calm = rule(id="calm", effect={"kind": "cap", "per": "30d", "limit": 1}, scope="contact")
    book = playbook(calm, plays=[play(recipient={"at_most": 1})])
    people = (contact("ann", email=""), contact("bob"), contact("cid"), contact("dan"))
    given = evidence(contacts=people, blocks=(block("contact", "bob"),), touches=(touch(contact="cid"),))
    assert ids(book, given) == ["mail/dan", "mail/ann", "mail/bob", "mail/cid"]


def test_of_those_who_are_passed_over_a_dozen_is_kept() -> None:
    people = tuple(contact(f"p{i:02}") for i in range(40))
    book = playbook(OPTED_OUT, plays=[play(recipient={"at_most": 2})])
    given = evidence(contacts=people, calendars={})
    out = tuple(fact("contact.opted_out", one.id != "p39", of=one.id) for one in people)
    found = ids(book, replace(given, facts=out))
    assert len(found) == MOST_CONTACTS
    assert found[:3] == ["mail/p39", "mail/p00", "mail/p01"]


def test_stored_evidence_of_the_first_edition_is_cut_before_the_rules_look() -> None:
    book = playbook(OPTED_OUT, plays=[play(recipient={"at_most": 2})])
    given = evidence(contacts=FOUR, calendars={}, edition=1)
    assert ids(book, replace(given, facts=_opted_out("ann", "bob"))) == ["mail/ann", "mail/bob"]


def test_an_answer_goes_to_who_asked() -> None:
    book = playbook(on=surface(answers_customer=True))
    assert ids(book, evidence(contacts=(contact("ann"), contact("bob")), requester="bob")) == ["mail/bob"]
    one = propose(book, evidence(requester="bob"))[1]
    assert not one.proactive


@pytest.mark.parametrize(
    ("of_play", "given"),
    [
        (play(), {"contacts": ()}),
        (play(material={"source": "assets"}), {}),
        (task(target="group"), {}),
    ],
)
def test_what_is_lacking_still_makes_a_candidate_for_the_record(of_play: Any, given: dict[str, Any]) -> None:
    found = propose(playbook(plays=[of_play]), evidence(**given))
    assert len(found) == 2
    assert None in (found[1].recipient, found[1].material, found[1].target)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"source": "assets"}, ["strong", "same", "weak"]),
        ({"source": "assets", "at_most": 1}, ["strong"]),
        ({"source": "assets", "kinds": ["case_study"]}, ["weak"]),
        ({"source": "assets", "topics": ["price", "law"]}, ["same"]),
        ({"source": "assets", "visibility": "internal"}, ["strong"]),
        ({"source": "articles"}, ["article"]),
    ],
)
def test_content_that_fits_the_strongest_first(wanted: dict[str, Any], expected: list[str]) -> None:
    found = (
        material("weak", strength=0.2, type="case_study"), material("strong", strength=0.9, visibility="internal"),
        material("same", strength=0.2, topics=("price",)), material("article", kind="article"),
    )  # fmt: skip
    book = playbook(plays=[task(material=wanted)])
    assert ids(book, evidence(materials=found)) == [f"task/{name}" for name in expected]


def test_groups_for_the_product_come_first_then_the_lower_tier() -> None:
    groups = (group("c", tier=3), group("b", tier=2, products=("x",)), group("a", tier=1), group("d", area="billing"))
    book = playbook(plays=[task(target="group", target_areas=["support"])])
    assert ids(book, evidence({"ticket.product": "x"}, groups=groups)) == ["task/b", "task/a", "task/c"]
    assert ids(book, evidence({"ticket.product": Status.STALE}, groups=groups)) == ["task/a", "task/b", "task/c"]


def test_every_channel_is_a_candidate_of_its_own() -> None:
    book = playbook(plays=[play(channels=["email", "ticket"])])
    assert ids(book, evidence()) == ["mail/ann/email", "mail/ann/ticket"]


@pytest.mark.parametrize(
    ("fact", "given", "value"),
    [
        (8, {}, 8.0),
        (8, {"discount_pct": 12}, 12.0),
        (45, {}, 30.0),
        (8, {"discount_pct": -3.0}, 0.0),
        (None, {}, 0.0),
        (8, {"discount_pct": "a lot"}, 0.0),
        (8, {"discount_pct": True}, 0.0),
        (8, {"discount_pct": float("nan")}, 0.0),
        (8, {"discount_pct": float("inf")}, 0.0),
        (8, {"other": 3}, 8.0),
    ],
)
def test_number_parameters(fact: Any, given: dict[str, Any], value: float) -> None:
    view = FactView.of(facts({"deal.requested_discount_pct": fact}))
    filled = fill_params(play(params=DISCOUNT), view, given)
    assert filled == {"discount_pct": value}
    assert type(filled["discount_pct"]) is float


@pytest.mark.parametrize("unknown", [Status.MISSING, Status.STALE])
def test_a_parameter_of_which_the_fact_is_not_known_is_left_out_unless_it_is_given(unknown: Status) -> None:
    view = FactView.of(facts({"deal.requested_discount_pct": unknown}))
    assert fill_params(play(params=DISCOUNT), view, {}) == {}
    assert fill_params(play(params=DISCOUNT), view, {"discount_pct": 12}) == {"discount_pct": 12.0}


def test_text_and_flag_parameters_keep_their_type() -> None:
    one = play(params={"tone": {"type": "text", "default": "warm"}, "copy": {"type": "flag", "default": False}})
    view = FactView.of(())
    assert fill_params(one, view, {"tone": "dry", "copy": True}) == {"tone": "dry", "copy": True}
    assert fill_params(one, view, {"tone": 3.0, "copy": "yes"}) == {"tone": "warm", "copy": False}


def test_a_parameter_that_no_fact_fills_has_its_default() -> None:
    one = play(params={"weeks": {"type": "number", "default": 4.0}})
    assert fill_params(one, FactView.of(()), {}) == {"weeks": 4.0}


def test_an_id_says_what_differs_from_the_defaults() -> None:
    one = play(params={**DISCOUNT, "tone": {"type": "text", "default": "warm"}})
    place: dict[str, Any] = {"recipient": "ann", "channel": "email", "material": "guide", "target": None}
    assert candidate_id(one, **place, params={"discount_pct": 0.0, "tone": "warm"}) == "mail/ann/guide"
    changed = candidate_id(one, **place, params={"tone": "dry", "discount_pct": 12.5})
    assert changed == "mail/ann/guide?discount_pct=12.5&tone=dry"


@pytest.mark.parametrize(
    ("data", "values", "who"),
    [
        ({}, {}, None),
        ({"requested_by": "rep"}, {"deal.discount_requested_by": "boss"}, "rep; boss"),
        ({"requested_by": "rep"}, {"deal.discount_requested_by": "rep"}, "rep"),
        ({"requested_by": ""}, {"deal.discount_requested_by": "boss"}, "boss"),
        ({}, {"deal.discount_requested_by": Status.STALE}, None),
        ({}, {"deal.discount_requested_by": None}, None),
    ],
)
def test_who_asked_for_a_concession(data: dict[str, Any], values: dict[str, Any], who: str | None) -> None:
    assert requester_of(evidence(values, event=event(data=data))) == who


def test_stored_evidence_of_the_first_edition_names_one_requester() -> None:
    said = evidence({"deal.discount_requested_by": "boss"}, event=event(data={"requested_by": "rep"}), edition=1)
    assert requester_of(said) == "rep"


def test_too_many_are_cut_without_crowding_any_play_out() -> None:
    people = tuple(contact(f"p{i}") for i in range(10))
    contents = tuple(material(f"m{i}", strength=1 - i / 20) for i in range(10))
    many = {"recipient": {"at_most": 10}, "material": {"source": "assets", "at_most": 10}}
    plays = [play("a", **many), play("b", **many), play("c", **many), task("last", target="group")]
    found = propose(playbook(plays=plays), evidence(contacts=people, materials=contents, groups=(group(),)))
    assert len(found) == MOST_CANDIDATES
    assert found[-1].id == "last/tier2"
    by_play = {name: [one.id for one in found if one.play == name] for name in ("a", "b", "c")}
    assert {len(own) for own in by_play.values()} == {66}
    assert by_play["a"][0] == "a/p0/m0"


@given(st.permutations(["ann", "bob", "cid"]), st.permutations(["m1", "m2", "m3"]), st.permutations(["g1", "g2"]))
def test_the_order_of_what_was_gathered_changes_nothing(people: list[str], contents: list[str], groups: list[str]) -> None:
    book = playbook(plays=[play(material={"source": "assets"}), task(target="group")])

    def proposed(people: list[str], contents: list[str], groups: list[str]) -> list[Any]:
        return propose(
            book,
            evidence(contacts=tuple(map(contact, people)), materials=tuple(map(material, contents)), groups=tuple(map(group, groups))),
        )

    assert proposed(people, contents, groups) == proposed(sorted(people), sorted(contents), sorted(groups))


def test_ids_are_unique() -> None:
    plays = [play("a", channels=["email", "ticket"], material={"source": "assets"}), task("b", target="group")]
    given = evidence(contacts=(contact("ann"), contact("bob")), materials=(material("x"), material("y")), groups=(group("g"), group("h")))
    found = ids(playbook(plays=plays), given)
    assert len(found) == len(set(found)) == 10
