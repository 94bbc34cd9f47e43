"""What mattered of what changed since the proposal, and what did not."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.domain.deciding import decide
from agent.domain.decision import CandidateRecord, ClauseRecord, Decision, RuleRecord
from agent.domain.evidence import Evidence
from agent.domain.facts import Status
from agent.domain.gate import Gate
from agent.domain.playbook import Playbook
from agent.domain.records import Run
from agent.domain.revalidation import Finding, compare, withdrawn
from agent.domain.rules import Rule
from agent.graph.recording import decision_of
from tests.unit.domain.building import (
    AT,
    DAY,
    block,
    candidate,
    contact,
    evidence,
    facts,
    material,
    person,
    play,
    playbook,
    rule,
    surface,
    touch,
)

RICH = rule("deal.amount > 10", id="rich", effect={"kind": "ask", "of": ["boss"]})
CAP = rule(id="cap", effect={"kind": "cap", "per": "7d", "limit": 1})


def record(book: Playbook, given: Evidence, **changes: Any) -> CandidateRecord:
    """The record of the mail to ann, as it was judged."""
    verdict = Gate(book, given).judge(candidate())
    rules = [
        RuleRecord(
            id=r.id, effect=r.effect, layer=r.layer, matched=r.matched,
            clauses=[ClauseRecord(id=c.id, result=c.result, says=c.says, values=c.values) for c in r.clauses],
        )
        for r in verdict.rules
    ]  # fmt: skip
    plain: dict[str, Any] = {
        "id": "mail/ann", "play": "mail", "kind": "mail", "title": "Mail", "reach": "customer", "purpose": "marketing", "recipient": "ann",
        "channel": "email", "params": {}, "verdict": verdict.verdict, "until": verdict.until, "ask_of": list(verdict.ask_of), "rules": rules,
        "score": None, "propensity": 1.0, "counterfactual": None,
    }  # fmt: skip
    return CandidateRecord(**{**plain, **changes})


def compared(
    before: Evidence,
    now: Evidence,
    *rules: Rule,
    now_rules: tuple[Rule, ...] | None = None,
    used: Mapping[str, Any] | None = None,
    email: str = "ann@acc.test",
    **of_record: Any,
) -> Finding:
    then, today = playbook(*rules, plays=[play()]), playbook(*(rules if now_rules is None else now_rules), plays=[play()])
    after = Gate(today, now).judge(candidate())
    return compare(record(then, before, **of_record), after, contact_before={"email": email}, used=used or {}, evidence=now, vendor="Acme")


GO = Finding("go")


@pytest.mark.parametrize(
    ("before", "now", "line"),
    [
        ({"deal.amount": 20}, {"deal.amount": 900}, None),
        ({"deal.amount": 20}, {"deal.amount": 11}, None),
        ({"deal.amount": 20}, {"deal.amount": 10}, "rich: 'deal.amount > 10 holds' was true (deal.amount = 20), is false (deal.amount = 10)"),
        ({"deal.amount": 20}, {}, "rich: 'deal.amount > 10 holds' was true (deal.amount = 20), is missing (deal.amount = not known)"),
        (
            {"deal.amount": 48000},
            {"deal.amount": 2.5},
            "rich: 'deal.amount > 10 holds' was true (deal.amount = 48,000), is false (deal.amount = 2.50)",
        ),
        ({}, {"deal.amount": 20}, "rich: 'deal.amount > 10 holds' was missing (deal.amount = not known), is true (deal.amount = 20)"),
    ],
)
def test_a_number_matters_only_when_it_flips_a_clause(before: dict[str, Any], now: dict[str, Any], line: str | None) -> None:
    found = compared(evidence(before), evidence(now), RICH, ask_of=["boss"])
    assert found == (GO if line is None else Finding("ask", (line,)))


@pytest.mark.parametrize(
    ("new", "kind", "lines"),
    [
        (rule("deal.amount > 900", id="new", effect="ask"), "go", ()),
        (rule("deal.amount > 1", id="new", effect={"kind": "boost", "factor": 2.0}), "go", ()),
        (rule("deal.amount > 1", id="new", effect={"kind": "ask", "of": ["boss"]}), "go", ()),
        (rule("deal.amount > 1", id="new", effect={"kind": "ask", "of": ["deal_desk"]}), "ask", ("approval by deal desk is needed now",)),
        (rule("deal.amount > 1", id="new"), "forbidden", ("new: deal.amount > 1 holds (deal.amount = 20)",)),
    ],
)
def test_a_new_playbook_matters_only_when_it_changes_the_verdict(new: Rule, kind: Any, lines: tuple[str, ...]) -> None:
    given = evidence({"deal.amount": 20})
    assert compared(given, given, RICH, now_rules=(RICH, new)) == Finding(kind, lines)


def test_a_rule_that_was_dropped_and_an_approver_less_do_not_matter() -> None:
    given = evidence({"deal.amount": 20})
    assert compared(given, given, RICH, now_rules=()) == GO


def test_a_recipient_with_another_address_matters() -> None:
    given = evidence(contacts=(contact(email="ann@elsewhere.test", title="Chief"),))
    assert compared(given, given) == Finding("ask", ("the recipient's address was ann@acc.test, is ann@elsewhere.test",))
    assert compared(evidence(), evidence(contacts=(contact(title="Chief"),))) == GO


def test_nothing_goes_to_a_recipient_who_is_gone_or_has_no_address_any_more() -> None:
    gone = ("built-in:no-recipient: nobody knows the recipient ann any more",)
    assert compared(evidence(), evidence(contacts=())) == Finding("forbidden", gone)
    mute = ("built-in:no-address: the recipient has no e-mail address",)
    assert compared(evidence(), evidence(contacts=(contact(email=""),))) == Finding("forbidden", mute)


@pytest.mark.parametrize(
    ("used", "now", "line"),
    [
        ({"deal.amount": 20}, {"deal.amount": 20.0}, None),
        ({"deal.amount": 20}, {"deal.amount": 21}, "the content shows deal.amount = 20, it is 21 now"),
        ({"deal.stage": "won"}, {"deal.amount": 21, "deal.stage": "won"}, None),
        ({"deal.amount": 20}, {"deal.amount": Status.STALE}, "the content shows deal.amount = 20, which is not known any more"),
        ({"deal.amount": 20}, {"deal.amount": None}, "the content shows deal.amount = 20, which is not known any more"),
        ({"deal.amount": 20}, {}, "the content shows deal.amount = 20, which is not known any more"),
        ({"deal.objection": None}, {"deal.objection": "price"}, None),
        ({"account.products": ["a"]}, {"account.products": ("a",)}, None),
        ({"contract.end": "2027-01-01T00:00:00Z"}, {"contract.end": datetime(2027, 1, 1, tzinfo=UTC)}, None),
        ({"contract.end": "2027-01-01T00:00:00Z"}, {"contract.end": "2027-01-01T00:00:00Z"}, None),
        ({"ticket.minutes_to_sla": 55.3}, {"ticket.minutes_to_sla": 54.9}, None),
        ({"params.discount_pct": 5.0, "vendor": "X"}, {}, None),
    ],
)
def test_a_value_that_the_content_shows_matters(used: dict[str, Any], now: dict[str, Any], line: str | None) -> None:
    found = compared(evidence(now), evidence(now), used=used)
    assert found == (GO if line is None else Finding("ask", (line,)))


@pytest.mark.parametrize(
    ("used", "line"),
    [
        ({"contact.role": "champion"}, None),
        ({"contact.role": "user"}, "the content shows contact.role = user, it is champion now"),
        ({"contact.first_name": "Ann"}, None),
        ({"contact.first_name": "Anna"}, "the content shows contact.first_name = Anna, it is Ann now"),
        ({"asset.title": "The guide"}, None),  # the fact wins over the record
        ({"asset.url": "https://x.test/old"}, "the content shows asset.url = https://x.test/old, it is https://x.test/guide now"),
        ({"asset.passage": "Read this"}, "the content shows asset.passage = Read this, which is not known any more"),
    ],
)
def test_values_of_the_recipient_and_the_content_are_their_own(used: dict[str, Any], line: str | None) -> None:
    given = evidence(
        facts=(
            *facts({"contact.role": "champion"}, of="ann"), *facts({"contact.role": "user"}, of="bob"),
            *facts({"asset.title": "The guide"}, of="guide"),
        ),
        materials=(material("other", url="https://x.test/other"), material("guide")), contacts=(contact("bob"), contact("ann")),
    )  # fmt: skip
    found = compared(given, given, used=used, material="guide")
    assert found == (GO if line is None else Finding("ask", (line,)))


@pytest.mark.parametrize(
    ("used", "owner", "line"),
    [
        ({"sender.name": "Mia", "sender.email": "mia@x.test"}, "mia", None),
        ({"sender.name": "Acme Team", "sender.email": None}, "nobody", None),
        ({"sender.name": "Mia"}, "max", "the content shows sender.name = Mia, it is Max now"),
        ({"sender.name": "Mia"}, "left", "the content shows sender.name = Mia, it is Acme Team now"),
        ({"sender.name": "Acme Team", "sender.email": None}, "mia", "the content shows sender.name = Acme Team, it is Mia now"),
        ({"sender.email": "mia@old.test"}, "mia", "the content shows sender.email = mia@old.test, it is mia@x.test now"),
        ({"sender.email": "mia@x.test"}, "nobody", "the content shows sender.email = mia@x.test, which is not known any more"),
    ],
)
def test_who_signs_it_matters(used: dict[str, Any], owner: str, line: str | None) -> None:
    given = evidence({"deal.owner": owner}, people=(person("mia"), person("max"), person("left", active=False)))
    assert compared(given, given, used=used) == (GO if line is None else Finding("ask", (line,)))


def test_what_is_forbidden_now_is_not_asked_again() -> None:
    found = compared(evidence(), evidence(blocks=(block(),)), used={"deal.amount": 1})
    assert (found.kind, found.lines) == ("forbidden", ("block:play:mail: op@x.test blocked the play mail: a mistake (play = mail)",))
    unknown = compared(evidence(), evidence(), now_rules=(rule("account.dispute", id="d", on_missing="forbid"),))
    assert unknown.kind == "forbidden"
    assert "account.dispute" in unknown.lines[0]


@pytest.mark.parametrize(
    ("rules", "now", "unanswered", "unheard"),
    [
        ((rule("account.dispute", id="d", on_missing="forbid"),), {}, ("account.dispute",), True),
        ((rule("account.dispute", id="d", on_missing="forbid"),), {}, ("usage.seats",), False),
        ((rule("account.dispute", id="d", on_missing="forbid"),), {}, (), False),
        ((rule("account.dispute", id="d", on_missing="forbid"), rule("deal.amount > 1", id="e")), {"deal.amount": 2}, ("account.dispute",), False),
        ((rule(id="never", effect={"kind": "cap", "per": "7d", "limit": 0}),), {}, ("contact.timezone",), True),
    ],
    ids=["not answered", "another was not", "all answered", "for sure besides", "no moment"],
)
def test_a_prohibition_is_unheard_only_where_it_hangs_on_what_was_not_answered(
    rules: tuple[Rule, ...], now: dict[str, Any], unanswered: tuple[str, ...], unheard: bool
) -> None:
    found = compared(evidence(), evidence(now, unanswered=unanswered), now_rules=rules)
    assert (found.kind, found.unheard) == ("forbidden", unheard)


@pytest.mark.parametrize(("unanswered", "unheard"), [("contact.id", True), ("usage.seats", False)])
def test_a_recipient_may_be_there_where_nobody_told_of_contacts(unanswered: str, unheard: bool) -> None:
    assert compared(evidence(), evidence(contacts=(), unanswered=(unanswered,))).unheard is unheard


def test_what_never_comes_is_forbidden_too() -> None:
    never = rule(id="never", effect={"kind": "cap", "per": "7d", "limit": 0})
    found = compared(evidence(), evidence(), now_rules=(never,))
    assert found == Finding("forbidden", ("no moment is left at which every timing rule allows it",))


def test_what_can_no_longer_be_built_is_forbidden() -> None:
    book, given = playbook(), evidence()
    found = compare(record(book, given), None, contact_before=None, used={}, evidence=given, vendor="Acme")
    assert found.kind == "forbidden"


def test_what_is_put_off_waits_but_a_difference_is_asked_about_first() -> None:
    busy = evidence({"deal.amount": 5}, touches=(touch(1),))
    assert compared(evidence({"deal.amount": 5}), busy, CAP) == Finding("wait", until=AT + 6 * DAY)
    assert compared(evidence({"deal.amount": 20}), busy, CAP, RICH).kind == "ask"


def test_internal_plays_have_no_recipient_to_check() -> None:
    book, given = playbook(), evidence(contacts=())
    before = record(book, given, recipient=None)
    after = Gate(book, evidence()).judge(candidate())
    assert compare(before, after, contact_before=None, used={}, evidence=given, vendor="Acme") == GO


@pytest.mark.parametrize(("deleted", "shown"), [(True, "yes"), (False, "no")])
def test_flags_are_told_as_words(deleted: bool, shown: str) -> None:
    gone = rule("deal.deleted || deal.stage == 'lost'", id="gone")
    found = compared(evidence(), evidence({"deal.deleted": deleted, "deal.stage": "lost"}), gone)
    assert found.lines == (f"gone: deal.deleted || deal.stage == 'lost' holds (deal.deleted = {shown}, deal.stage = lost)",)


# --- what the playbook no longer has done -----------------------------------------------------------------------------------------------------------


def decided() -> Decision:
    given = evidence()
    run = Run("run_1", "acc", given.event, given.surface, "new", AT)
    return decision_of(run, playbook(), given, decide(playbook(), given), None)


@pytest.mark.parametrize(
    ("book", "why"),
    [
        (playbook(), None),
        (playbook(on=surface(mode="suggest")), None),
        (playbook(plays=[play(max_mode="suggest")]), None),
        (playbook(on=surface(mode="off")), "the surface deals is off now"),
        (playbook(on=surface(mode="shadow")), "the surface deals is in shadow now"),
        (playbook(plays=[play(max_mode="off")]), "the play mail is off now"),
        (playbook(on=surface(plays=[])), "the surface deals no longer has the play mail"),
        (playbook(plays=[play("call")]), "the play mail is no longer in the playbook"),
        (playbook(on=surface(id="other")), "the surface deals is no longer in the playbook"),
        (playbook(on=surface(trigger={"types": ["deal.created"]})), "the surface deals no longer reacts to deal.stage_changed"),
    ],
)
def test_what_the_playbook_no_longer_has_done(book: Playbook, why: str | None) -> None:
    assert withdrawn(book, decided()) == why
