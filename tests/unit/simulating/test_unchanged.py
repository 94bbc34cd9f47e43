"""The proof that a draft leaves a decision as it is: one small case for each thing that it must not overlook, or that need not trouble it.

What it says stands beside what is found by deciding in full: a proof that is too careful costs time, one that is too bold hides a change.
"""

from dataclasses import replace
from typing import Any

import pytest

from agent.domain.bearing import bearing
from agent.domain.evidence import Calendar, Evidence, Held, OpenProposal
from agent.domain.model import PRIORS, Family, Model
from agent.domain.playbook import Playbook
from agent.domain.rules import Rule
from agent.ports import Kept
from agent.simulating import Opened, Rerun
from agent.simulating.unchanged import Changed
from tests.unit.domain.building import AT, DAY, contact, event, evidence, facts, past, play, rule, task, touch
from tests.unit.simulating.single import CALL, MAIL, OFFER, TEXT, decided, small_book
from tests.unit.simulating.world import CONDITIONS, changed

STAYS, CHANGES, TOO_CAREFUL = (True, True), (False, False), (False, True)
"""Whether it is proven the same, and whether it is the same."""

CAP = rule(id="cap", layer="contact", applies_to={"reach": "customer"}, effect={"kind": "cap", "per": "3d", "limit": 1})
OFFER_ALONE = {"plays": ["offer"]}


def _changed(book: Playbook, draft: Playbook) -> Changed:
    before, after = bearing(book, "deals"), bearing(draft, "deals")
    assert before is not None
    assert after is not None
    return Changed((book, draft), (before, after))


def _under(draft: Playbook, book: Playbook, given: Evidence | None = None) -> tuple[bool, bool]:
    """A decision under the draft, on the same past."""
    one = decided(book, given or evidence())
    return _changed(book, draft).leaves(one), Rerun(draft, {book.version: book}, CONDITIONS, in_full=True).look(one).change is None


def _on(other: Evidence, book: Playbook, given: Evidence | None = None, model: Model = PRIORS, *, new: Rule | None = None) -> tuple[bool, bool]:
    """A decision on another past, under a draft that changes nothing, or has a new rule."""
    one, draft = decided(book, given or evidence(), model), changed(book, rules={new.id: new} if new else {})
    rerun = Rerun(draft, {book.version: book}, CONDITIONS, {model.version: model}, in_full=True)
    again = rerun.look_again(one, other, rerun.look(one), because_of=())
    return _changed(book, draft).leaves_on(other, one, model), again.change is None


def _with_people(*names: str) -> Evidence:
    people = tuple(contact(name) for name in names)
    first_names = (one for person in people for one in facts({"contact.first_name": person.first_name}, of=person.id))
    return evidence(contacts=people, facts=(*facts({"account.name": "Acc"}), *first_names))


def _of_event(number: int) -> Evidence:
    return evidence(event=event(id=f"evt_{number}"), labels={"mail": 60, "call": 60})


def _waiting(**changes: Any) -> OpenProposal:
    return replace(OpenProposal("dec_before", "call", "", "acc", "", "other", "deal"), **changes)


# --- other rules, on the same past --------------------------------------------------------------------------------------


def test_a_loser_that_is_no_longer_too_late_may_win() -> None:
    waits = rule(id="wait", layer="contact", applies_to=OFFER_ALONE, effect={"kind": "defer", "until": "after:20d"})
    book = small_book(waits, plays=[MAIL, OFFER])
    assert _under(changed(book, rules={"wait": None}), book) == CHANGES


def test_when_a_loser_may_be_done_in_time_does_not_matter() -> None:
    waits = rule(id="wait", layer="contact", applies_to={"plays": ["call"]}, effect={"kind": "defer", "until": "after:2d"})
    assert _under(changed(small_book(), rules={"wait": waits}), small_book()) == STAYS


def test_a_loser_that_had_no_moment_may_win() -> None:
    afternoons = {"kind": "defer", "until": "recipient_hours"}
    never = rule(id="hours", layer="contact", applies_to=OFFER_ALONE, effect=afternoons, params={"open_hour": 13.0, "close_hour": 18.0})
    book, mornings = small_book(never, plays=[MAIL, OFFER]), evidence(calendars={"ann": Calendar("UTC", {0: (8 * 60, 12 * 60)})})
    assert _under(changed(book, rules={"hours": None}), book, mornings) == CHANGES


def test_whoever_may_have_nothing_at_all_makes_room_for_another() -> None:
    """The mail to ann is forbidden by the same rule both times; the second time because of who she is, so bob is thought of."""
    one_mail = play("mail", content=TEXT, recipient={"roles": ["champion"], "at_most": 1})
    book = small_book(rule("account.name == 'Acc'", id="not-her", applies_to={"plays": ["mail"]}), plays=[one_mail, CALL])
    draft = changed(book, rules={"not-her": rule("contact.first_name == 'Ann'", id="not-her", applies_to={"plays": ["mail"]})})
    assert _under(draft, book, _with_people("ann", "bob")) == CHANGES


def test_others_may_have_to_be_asked_about_the_choice() -> None:
    of = {role: rule(id="ask", effect={"kind": "ask", "of": [role]}) for role in ("sales_manager", "deal_desk")}
    book = small_book(of["sales_manager"])
    assert _under(changed(book, rules={"ask": of["deal_desk"]}), book) == CHANGES


def test_who_would_have_to_be_asked_about_a_loser_does_not_matter() -> None:
    asks = rule(id="ask", effect="ask", applies_to={"plays": ["call"]})
    assert _under(changed(small_book(), rules={"ask": asks}), small_book()) == STAYS


def test_a_lever_may_raise_a_loser_above_the_choice() -> None:
    levers = [rule(id="lever", applies_to={"plays": ["call"]}, effect={"kind": "boost", "factor": factor}) for factor in (1.5, 2.0)]
    book = small_book(levers[0], plays=[MAIL, task("call", value="60.0")])
    assert _under(changed(book, rules={"lever": levers[1]}), book) == CHANGES


def test_a_case_may_become_sensitive_and_nothing_else() -> None:
    lever = rule(id="lever", effect={"kind": "boost", "factor": 1.0})
    assert _under(changed(small_book(lever), rules={"lever": lever.model_copy(update={"marks_sensitive": True})}), small_book(lever)) == CHANGES


def test_what_the_law_forbids_is_not_done_however_much_it_is_required() -> None:
    required = rule(id="require", effect={"kind": "require", "of": ["mail"]})
    no_use, unlawful = (rule(id="no", layer=layer, applies_to={"plays": ["mail"]}) for layer in ("suitability", "consent"))
    assert _under(changed(small_book(required, no_use), rules={"no": unlawful}), small_book(required, no_use)) == CHANGES


@pytest.mark.parametrize(
    "asks",
    [rule(id="ask", effect="ask", marks_sensitive=True, applies_to={"plays": ["call"]}),
     rule(id="wait", marks_sensitive=True, applies_to={"plays": ["call"]}, effect={"kind": "defer", "until": "after:2d"})],
    ids=["asks", "waits"],
)  # fmt: skip
def test_a_loser_in_a_sensitive_case_is_not_tried_out(asks: Rule) -> None:
    """Who would be asked, and when it may be done, matters for the choice alone; but where a surface explores, what is sensitive is not drawn."""
    book = small_book(asks, explore={"epsilon": 0.2})
    drawn = next(given for given in map(_of_event, range(99)) if decided(changed(book, rules={asks.id: None}), given).play == "call")
    assert _under(changed(book, rules={asks.id: None}), book, drawn) == CHANGES


def test_an_ask_that_forbids_what_is_not_known_keeps_a_loser_from_winning() -> None:
    asks = rule("account.tier == 'smb'", id="ask", effect="ask", on_missing="forbid", applies_to=OFFER_ALONE)
    book = small_book(asks, plays=[MAIL, OFFER])
    assert _under(changed(book, rules={"ask": None}), book) == CHANGES


@pytest.mark.parametrize("effect", [CAP.effect, {"kind": "cooldown", "per": "3d"}], ids=["cap", "cooldown"])
@pytest.mark.parametrize(
    ("when", "on_missing", "expected"),
    [("account.tier == 'smb'", "forbid", CHANGES), ("account.tier == 'smb'", "ask", CHANGES), ("account.name > 3.0", "skip", CHANGES),
     ("account.tier == 'smb'", "skip", STAYS)],
    ids=["forbids", "asks", "fails", "skips"],
)  # fmt: skip
def test_a_rule_about_moments_that_lacks_a_fact_takes_hold_without_any_past(
    effect: Any, when: str, on_missing: str, expected: tuple[bool, bool]
) -> None:
    book, timed = small_book(), rule(when, id="timed", layer="contact", on_missing=on_missing, effect=effect)
    assert _under(changed(book, rules={"timed": timed}), book) == expected


def test_one_rule_that_the_facts_rule_out_settles_nothing_for_another() -> None:
    out, holds = rule("account.name == 'Other'", id="a"), rule("account.name == 'Acc'", id="b")
    assert _under(changed(small_book(), rules={"a": out}), small_book()) == STAYS
    assert _under(changed(small_book(), rules={"a": out, "b": holds}), small_book()) == CHANGES


def test_the_mode_that_a_surface_is_held_at_is_none_of_the_facts() -> None:
    in_suggest = rule("surface.mode == 'suggest'", id="no", applies_to={"plays": ["mail"]})
    held = evidence(held=Held("suggest", "friction"))
    assert _under(changed(small_book(), rules={"no": in_suggest}), small_book(), held) == CHANGES


def test_a_rule_that_required_may_forbid_what_is_forbidden_anyway() -> None:
    """Nothing was chosen while it required what cannot be done; under the draft nothing is required any more."""
    of_call: dict[str, Any] = {"applies_to": {"plays": ["call"]}}
    demands, forbids = (rule(id="mail-first", **of_call, effect={"kind": kind, "of": ["mail"]}) for kind in ("require", "forbid"))
    book = small_book(demands, rule("account.name == 'Acc'", id="no-call", **of_call))
    assert _under(changed(book, rules={"mail-first": forbids, "no-call": rule(id="no-call", **of_call)}), book) == CHANGES


def test_a_rule_under_another_name_asks_the_same_people() -> None:
    """In another order, as that of the levers is another; so it is looked at in full."""
    manager, desk = (rule(id=name, effect={"kind": "ask", "of": [role]}) for name, role in (("a", "sales_manager"), ("m", "deal_desk")))
    draft = changed(small_book(manager, desk), rules={"a": None, "z": manager.model_copy(update={"id": "z"})})
    assert _under(draft, small_book(manager, desk)) == TOO_CAREFUL


def test_a_rule_may_ask_about_the_channel_of_the_choice_alone() -> None:
    two_ways = play("mail", content=TEXT, channels=["email", "ticket"])
    book = small_book(rule(id="no-mail", applies_to={"channels": ["email"]}), plays=[two_ways])
    asks = rule(id="ask", effect={"kind": "ask", "of": ["deal_desk"]}, applies_to={"channels": ["ticket"]})
    assert _under(changed(book, rules={"ask": asks}), book) == CHANGES


def test_a_clause_that_is_false_of_nobody_in_particular_may_be_true_of_somebody() -> None:
    is_ann = rule("has(contact.first_name) && contact.first_name == 'Ann'", id="not-her")
    assert _under(changed(small_book(), rules={"not-her": is_ann}), small_book(), _with_people("ann")) == CHANGES


# --- records that do not name everybody ---------------------------------------------------------------------------------

THIRTEEN = [f"c{number:02}" for number in range(13)]
NOBODY = rule("contact.first_name != ''", id="nobody", applies_to={"plays": ["mail"]})


def test_a_contact_that_was_left_out_of_the_record_may_come_in() -> None:
    """Nobody may be written to, so twelve of thirteen stand on the record; under the draft the thirteenth may."""
    but_one = rule("contact.first_name != 'C12'", id="nobody", applies_to={"plays": ["mail"]})
    book = small_book(NOBODY, plays=[MAIL])
    assert _under(changed(book, rules={"nobody": but_one}), book, _with_people(*THIRTEEN)) == CHANGES


def test_a_rule_that_is_not_in_force_lets_nobody_in() -> None:
    later = rule(id="later", from_=(AT + DAY).date())
    assert _under(changed(small_book(NOBODY), rules={"later": later}), small_book(NOBODY), _with_people(*THIRTEEN)) == STAYS


def test_a_candidate_that_was_cut_from_the_record_may_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four have a place: nothing, bob in two ways, and ann by e-mail, which she may not have. In the other way, which was cut, she may then."""
    for module in ("agent.domain.proposing", "agent.simulating.unchanged"):
        monkeypatch.setattr(f"{module}.MOST_CANDIDATES", 4)
    two_ways = play("mail", content=TEXT, channels=["email", "ticket"], recipient={"roles": ["champion"], "at_most": 1})
    no_mail = rule("contact.first_name == 'Ann'", id="no-mail", applies_to={"channels": ["email"]})
    no_ticket = rule("contact.first_name == 'Ann'", id="no-ticket", applies_to={"channels": ["ticket"]})
    book = small_book(no_mail, no_ticket, plays=[two_ways])
    assert _under(changed(book, rules={"no-ticket": None}), book, _with_people("ann", "bob")) == CHANGES


# --- the same rules, on another past --------------------------------------------------------------------------------------


def test_on_the_same_past_nothing_changes() -> None:
    assert _on(evidence(), small_book(CAP)) == STAYS


@pytest.mark.parametrize(("amount", "expected"), [(90.0, CHANGES), (10.0, STAYS)])
def test_a_new_rule_may_matter_on_another_past_as_well(amount: float, expected: tuple[bool, bool]) -> None:
    given, large = evidence({"deal.amount": amount}), rule("deal.amount > 50.0", id="large")
    assert _on(replace(given, touches=(touch(4),)), small_book(), given, new=large) == expected


def test_more_contacts_may_make_an_old_cap_bite() -> None:
    assert _on(evidence(touches=(touch(1),)), small_book(CAP)) == CHANGES


@pytest.mark.parametrize("before", [touch(4), touch(1, direction="in")], ids=["long ago", "the customer's own"])
def test_contacts_that_no_cap_counts_do_not_matter(before: Any) -> None:
    assert _on(evidence(touches=(before,)), small_book(CAP)) == STAYS


def test_an_old_rule_may_read_of_a_rejection() -> None:
    cool = rule("history.days_since_rejected < 9.0", id="cool", applies_to={"plays": ["mail"]})
    assert _on(evidence(past=(past(1),)), small_book(cool)) == CHANGES


def test_the_rejection_of_what_is_no_candidate_does_not_matter() -> None:
    cool = rule("history.days_since_rejected < 9.0", id="cool", applies_to={"plays": ["mail"]})
    assert _on(evidence(past=(past(1, play="offer"),)), small_book(cool)) == STAYS


def test_what_waits_already_is_not_proposed_twice() -> None:
    proposal = decided(small_book(), evidence()).recorded().proposal
    assert proposal is not None
    assert _on(evidence(open_proposals=(_waiting(play="mail", digest=proposal.digest),)), small_book()) == CHANGES


@pytest.mark.parametrize("changes", [{"digest": "new"}, {"decision": "dec_new"}, {"subject": "other"}], ids=lambda changes: next(iter(changes)))
def test_whatever_else_waits_may_be_replaced_or_stay(changes: dict[str, str]) -> None:
    given, other = (evidence(open_proposals=(one,)) for one in (_waiting(), _waiting(**changes)))
    assert _on(given, small_book(), given) == STAYS
    assert not _changed(small_book(), changed(small_book())).leaves_on(other, decided(small_book(), given), PRIORS)


def test_what_waits_at_a_sister_is_not_replaced() -> None:
    family: dict[str, Any] = {"family": ("acc", "sister")}
    assert _on(evidence(**family, open_proposals=(_waiting(account="sister"),)), small_book(), evidence(**family)) == STAYS


def test_what_waits_is_not_replaced_by_nothing() -> None:
    forbids = rule(id="no")
    assert _on(evidence(open_proposals=(_waiting(),)), small_book(forbids)) == STAYS


@pytest.mark.parametrize(("value", "expected"), [("account.days_since_contact * 10.0", CHANGES), ("100.0", STAYS)], ids=["read", "not read"])
def test_the_days_since_the_last_contact_matter_where_something_reads_them(value: str, expected: tuple[bool, bool]) -> None:
    book = small_book(plays=[play("mail", content=TEXT, value=value), CALL])
    given, other = (evidence({"account.days_since_contact": days}) for days in (9, 1))
    assert _on(other, book, given) == expected


def test_what_a_model_worded_may_be_worded_otherwise_when_the_days_since_the_last_contact_differ() -> None:
    given, other = (evidence({"account.days_since_contact": days}) for days in (9, 1))
    book, one = small_book(), decided(small_book(), given)
    proposal = one.recorded().proposal
    assert proposal is not None
    by_model = Opened(Kept(one.recorded().model_copy(update={"proposal": proposal.model_copy(update={"composed_by": "llm"})}), given))
    assert not _changed(book, changed(book)).leaves_on(other, by_model, PRIORS)
    assert _changed(book, changed(book)).leaves_on(replace(other, facts=given.facts), by_model, PRIORS)


@pytest.mark.parametrize(("kind", "expected"), [("mail", CHANGES), ("offer", STAYS)])
def test_a_model_may_have_learned_what_contacts_do(kind: str, expected: tuple[bool, bool]) -> None:
    model = Model("model-2", {kind: Family({"contacted": -9.0}, 0.0, 100)})
    assert _on(evidence(past=(past(1, play="other", what="delivered"),)), small_book(), evidence(), model) == expected


def test_what_was_scored_by_a_model_that_nobody_knows_is_never_proven() -> None:
    assert not _changed(small_book(), changed(small_book())).leaves_on(evidence(), decided(small_book(), evidence()), None)


def test_nothing_is_proven_where_more_than_rules_differs() -> None:
    draft, one = small_book(mode="suggest"), decided(small_book(), evidence())
    assert not _changed(small_book(), draft).leaves(one)
    assert not _changed(small_book(), draft).leaves_on(evidence(), one, PRIORS)
