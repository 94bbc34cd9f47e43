"""Gathering: everything at once, in time, and honest about what did not come."""

import asyncio
import gc
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest

from agent.domain.event import Event
from agent.domain.evidence import Calendar, Evidence, Person
from agent.domain.facts import Status
from agent.domain.plays import Material as Wanted
from agent.domain.plays import Surface
from tests.unit.tools.reading_facts import fact, is_missing, value
from tests.unit.tools.world import AT, FakeSearch, World, ago, ahead, article, asset, touch
from tools.gathering import gather_evidence
from tools.once import Read, Sources
from tools.ports import Snapshot, SourceError

DAYTIME = Calendar("UTC", dict.fromkeys(range(7), (8 * 60, 17 * 60)))
PLENTY, MOMENT = 10.0, 0.05


def surface(area: str, subject: str) -> Surface:
    spans = {"remind_after": "1h", "delegate_after": "2h", "expire_after": "3h"}
    return Surface.model_validate(
        {
            "id": f"{subject}-surface",
            "area": area,
            "owner": "o@x.example",
            "why": "w",
            "mode": "auto",
            "subject": subject,
            "trigger": {"types": ["x"]},
            "plays": [],
            "outcome": {"metric": "m"},
            "confidence": {"act_at_least": 0.5},
            "review": {"approver": "csm", "fallback": "csm", **spans},
        }
    )


REVENUE, SUPPORT = surface("revenue", "deal"), surface("support", "ticket")


def event(kind: str = "deal", subject: str = "d", **changes: Any) -> Event:
    values: dict[str, Any] = {
        "source": "hubspot", "id": "e", "type": f"{kind}.changed", "occurred_at": AT - timedelta(minutes=3),
        "received_at": AT, "subject_kind": kind, "subject_id": subject, **changes,
    }  # fmt: skip
    return Event(**values)


ACCOUNT = {"name": "N", "owner": "u_rep", "csm": "u_csm", "timezone": "UTC", "parent": "acc_2"}
TICKET = {"account": "acc_1", "subject": "Export", "status": "open", "requester": "c", "group": "g"}
PEOPLE = [
    Person("u_rep", "r@x", "Rep", ("sales_rep",), manager="u_boss"),
    Person("u_boss", "b@x", "Boss", ("sales_manager",)),
    Person("u_csm", "c@x", "Csm", ("csm",)),
    Person("u_lead", "l@x", "Lead", ("support_lead",), calendar=DAYTIME),
]


def world(**changes: Any) -> World:
    values: dict[str, Any] = {
        "accounts": {"acc_1": ACCOUNT, "acc_2": {}},
        "contacts": {"c": {"account": "acc_1", "name": "Ann"}},
        "deals": {"d": {"account": "acc_1", "stage": "proposal", "owner": "u_rep"}},
        "contracts": {"k": {"account": "acc_1", "end": ahead(days=90), "notice_days": 30}},
        "usages": {"acc_1": {"as_of": ago(days=1), "active_users": 3}},
        "tickets_": {"t": TICKET},
        "groups_": {"g": {"name": "G", "lead": "u_lead", "calendar": "cal"}},
        "calendars": {"cal": DAYTIME},
        "in_helpdesk": {"acc_1", "acc_2"},
        "people_": PEOPLE,
        "touched": [touch("c"), touch("x", "acc_2")],
        "found_assets": [asset("as", 0.6)],
        "found_articles": {"Export": [article("ar", 0.8)]},
    }
    return World(**{**values, **changes})


async def gather(where: World, what: Event, surface: Surface = REVENUE, **options: Any) -> Evidence:
    return await gather_evidence(where.sources, what, surface, at=AT, **{"deadline_s": PLENTY, "into": "EUR", **options})


async def test_a_deal_brings_its_account_family_people_and_content() -> None:
    found = await gather(world(), event())
    assert (found.account, found.family, found.surface) == ("acc_1", ("acc_1", "acc_2"), "deal-surface")
    assert value(found.facts, "deal.stage") == "proposal"
    assert value(found.facts, "contract.id") == "k"
    assert value(found.facts, "usage.active_users") == 3
    assert value(found.facts, "event.age_minutes") == 3.0
    assert value(found.facts, "contact.opted_out", "c") is False
    assert [m.id for m in found.materials] == ["as"]
    assert [t.account for t in found.touches] == ["acc_1", "acc_2"]
    assert found.calendars["c"].timezone == "UTC"
    assert found.roles == {
        "deal_owner": "u_rep", "account_owner": "u_rep", "account_csm": "u_csm", "owner_manager": "u_boss",
        "lead_on_shift": "u_lead",
    }  # fmt: skip
    assert len(found.people) == 4


async def test_a_ticket_brings_its_requester_groups_and_articles() -> None:
    found = await gather(world(), event("ticket", "t"), SUPPORT)
    assert found.requester == "c"
    assert [g.id for g in found.groups] == ["g"]
    assert found.calendars["g"] == DAYTIME
    assert [m.id for m in found.materials] == ["ar"]
    assert value(found.facts, "group.reachable", "g") is True
    assert found.roles["lead_on_shift"] == "u_lead"
    assert value(found.facts, "triage.automatic") is False
    assert is_missing(found.facts, "triage.out_of_scope")


async def test_only_tickets_are_told_what_they_are_about() -> None:
    found = await gather(world(), event())
    assert not [fact for fact in found.facts if fact.name.startswith("triage.")]


async def test_while_the_helpdesk_is_silent_nothing_is_told_of_its_ticket() -> None:
    found = await gather(world(down={"helpdesk"}), event("ticket", "t"), SUPPORT)
    assert is_missing(found.facts, "triage.kind", "triage.automatic")


async def test_a_silent_crm_keeps_nothing_from_being_told() -> None:
    found = await gather(world(down={"crm"}), event("ticket", "t"), SUPPORT)
    assert value(found.facts, "triage.automatic") is False


async def test_a_contract_that_nobody_can_look_up_in_time_keeps_words_from_nothing() -> None:
    found = await gather(world(slow={"crm"}), event("ticket", "t", account="acc_1"), SUPPORT, deadline_s=0.4)
    assert value(found.facts, "triage.automatic") is False
    assert is_missing(found.facts, "account.name", "triage.out_of_scope")


async def test_a_requester_who_is_none_of_the_accounts_contacts_is_nobody_to_answer() -> None:
    here = world(contacts={"c": {"account": "acc_2", "name": "Stranger"}})
    assert (await gather(here, event("ticket", "t"), SUPPORT)).requester is None


async def test_each_record_is_read_once_however_many_tools_need_it() -> None:
    here = world()
    await gather(here, event())
    repeated = {what: n for what, n in here.reads.items() if n > 1}
    assert repeated == {"tickets": 2, "linked": 2}, "one of each account, and of the family"


@pytest.mark.parametrize(("kind", "subject"), [("contract", "k"), ("account", "acc_1")])
async def test_contracts_and_accounts_are_subjects_too(kind: str, subject: str) -> None:
    found = await gather(world(), event(kind, subject))
    assert (found.account, found.event.subject_id) == ("acc_1", subject)
    assert value(found.facts, "contract.id") == "k"
    assert not [f for f in found.facts if f.name.startswith(("deal.", "ticket."))]


async def test_an_event_about_something_else_is_about_the_account_it_names() -> None:
    assert (await gather(world(), event("contact", "c", account="acc_1"))).account == "acc_1"


async def test_another_systems_ids_become_ours() -> None:
    here = world(links={("hubspot", "deal", "9911"): "d"})
    found = await gather(here, event("deal", "9911"))
    assert (found.event.subject_id, found.event.account, found.account) == ("d", "acc_1", "acc_1")


async def test_the_records_own_account_wins_over_the_events() -> None:
    assert (await gather(world(), event(account="acc_2"))).account == "acc_1"
    assert (await gather(world(tickets_={}), event("ticket", "t", account="acc_1"), SUPPORT)).account == "acc_1"


async def test_without_an_account_nothing_about_one_is_claimed() -> None:
    found = await gather(world(deals={}), event())
    assert found.account is None
    assert found.family == ()
    assert is_missing(found.facts, "deal.stage", "deal.deleted")
    assert is_missing(found.facts, "account.name", "family.open_p1_tickets", "owner.active", "usage.seats")
    assert "no account is known" in fact(found.facts, "account.legal_hold").source


@pytest.mark.parametrize("fault", ["down", "slow"])
@pytest.mark.parametrize(
    ("source", "lost", "kept"),
    [
        ("usage", "usage.active_users", "account.name"),
        ("helpdesk", "family.open_p1_tickets", "deal.stage"),
        ("touches", "account.days_since_contact", "deal.stage"),
        ("directory", "owner.active", "account.name"),
        ("assets", None, "deal.stage"),
    ],
)
async def test_a_source_that_fails_costs_only_its_own_facts(fault: str, source: str, lost: str | None, kept: str) -> None:
    deadline = MOMENT if fault == "slow" else PLENTY
    found = await gather(world(**{fault: {source}}), event(), deadline_s=deadline)
    value(found.facts, kept)
    if lost:
        assert is_missing(found.facts, lost)
        expected = "no answer within 0.05 s" if fault == "slow" else f"{source} did not answer: it is down"
        assert expected in fact(found.facts, lost).source
    else:
        assert found.materials == ()


async def test_a_crm_that_hangs_still_leaves_time_to_ask_the_others() -> None:
    found = await gather(world(slow={"crm"}), event("ticket", "t", account="acc_1"), SUPPORT, deadline_s=4 * MOMENT)
    assert found.account == "acc_1", "as the event says"
    assert is_missing(found.facts, "account.name", "family.open_p1_tickets")
    assert value(found.facts, "ticket.subject") == "Export"
    assert value(found.facts, "account.open_tickets") == 1


async def test_time_in_which_nobody_listened_is_not_held_against_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other runs keep the process busy: a second passes between any two steps of this one."""
    loop = asyncio.get_running_loop()
    time, spent = loop.time, count()
    monkeypatch.setattr(loop, "time", lambda: time() + next(spent) * PLENTY / 10)
    assert value((await gather(world(), event())).facts, "usage.active_users") == 3


async def test_a_gathering_that_is_cancelled_leaves_nobody_asking() -> None:
    here = world(slow={"usage", "helpdesk"})
    gathering = asyncio.ensure_future(gather(here, event()))
    for _ in range(50):
        await asyncio.sleep(0)
    assert here.reads["usage"]
    assert here.reads["linked"]
    gathering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gathering
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_failing_link_lookup_leaves_the_ids_as_they_were_reported() -> None:
    found = await gather(world(down={"crm"}), event("ticket", "t", account="acc_1"), SUPPORT)
    assert (found.event.subject_id, found.account, found.family) == ("t", "acc_1", ("acc_1",))


class _Refreshed(World):
    """Usage that is old at the first look and current at the second."""

    @property
    def sources(self) -> Sources:
        sources = super().sources
        answers = [ago(days=30), ago(days=1)]

        async def usage(account_id: str) -> Snapshot:
            as_of = answers.pop(0)
            return Snapshot(account_id, {"active_users": 3, "as_of": as_of}, datetime.fromisoformat(as_of))

        sources.crm.usage = usage  # type: ignore[method-assign]  # one answer of a fake is replaced
        return sources


async def test_stale_facts_are_read_once_more() -> None:
    usual = world()
    found = await gather(_Refreshed(**vars(usual)), event())
    assert value(found.facts, "usage.active_users") == 3


async def test_facts_that_stay_stale_are_marked_and_not_asked_for_again_and_again() -> None:
    here = world(usages={"acc_1": {"as_of": ago(days=30), "active_users": 3}})
    found = await gather(here, event())
    assert fact(found.facts, "usage.active_users").status is Status.STALE
    assert here.reads["usage"] == 2


async def test_content_is_searched_for_as_the_plays_want_it() -> None:
    here = world()
    wanted = [
        Wanted(source="assets", kinds=("guide",), topics=("adoption",)),
        Wanted(source="assets", kinds=("guide",), topics=("adoption",)),
        Wanted(source="articles", visibility="public", at_most=2),
        Wanted(source="articles", at_most=4),
    ]
    await gather(here, event("ticket", "t"), SUPPORT, wanted=wanted)
    assets = [a for a in here.asked if "topics" in a]
    articles = [a for a in here.asked if "query" in a]
    assert [(a["topics"], a["kinds"]) for a in assets] == [(["adoption"], ("guide",))]
    assert {(a["visibility"], a["at_most"]) for a in articles} == {("public", 4), (None, 4)}


async def test_what_one_of_several_searches_could_not_tell_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = [Wanted(source="assets", topics=(topic,)) for topic in ("first", "second", "third")]
    assert value((await gather(world(), event(), wanted=plans)).facts, "search.assets") is True
    really = FakeSearch.assets

    async def partly(self: FakeSearch, topics: Sequence[str], **asked: Any) -> Any:
        if "second" in topics:
            raise SourceError("search", "it is down")
        return await really(self, topics, **asked)

    monkeypatch.setattr(FakeSearch, "assets", partly)
    assert is_missing((await gather(world(), event(), wanted=plans)).facts, "search.assets")


async def test_plays_that_want_no_content_cost_no_search() -> None:
    here = world()
    assert (await gather(here, event(), wanted=[])).materials == ()
    assert here.asked == []


async def test_a_colleagues_question_is_searched_for_and_a_customers_text_never_is() -> None:
    here = world()
    await gather(here, event("ticket", "t", type="request.article", data={"query": "rotate keys"}), SUPPORT)
    assert {a["query"] for a in here.asked} == {"rotate keys"}
    here = world()
    found = await gather(here, event("ticket", "t", type="ticket.comment_added", data={"text": "do as I say"}), SUPPORT)
    assert {a["query"] for a in here.asked} == {"Export"}
    assert value(found.facts, "event.request") is None


async def test_every_fact_is_there_once() -> None:
    found = await gather(world(), event("ticket", "t"), SUPPORT)
    names = [(f.name, f.of) for f in found.facts]
    assert len(names) == len(set(names))


async def test_of_several_adapters_with_a_bug_one_is_told_and_none_is_reported_as_lost() -> None:
    async def bug(read: Read) -> Any:
        if read.name in ("usage", "touches", "contacts"):
            raise ValueError(f"a bug in {read.name}")
        return await read.ask()

    lost: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, said: lost.append(said["message"]))
    with pytest.raises(ValueError, match="a bug in"):
        await gather_evidence(world().sources.through(bug), event(), REVENUE, at=AT, deadline_s=PLENTY, into="EUR")
    gc.collect()
    assert lost == []
