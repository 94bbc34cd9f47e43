"""Who owns an account, and whom the roles of a case mean."""

from datetime import timedelta

from agent.domain.evidence import Calendar, Person
from tests.unit.tools.reading_facts import is_missing, value
from tests.unit.tools.world import AT, DAY, World, ago
from tools.ownership import Case, lead_on_shift, ownership, relational_roles
from tools.ports import Snapshot

BUSINESS = Calendar("UTC", dict.fromkeys(range(7), (8 * 60, 17 * 60)))
NIGHT = Calendar("UTC", dict.fromkeys(range(7), (18 * 60, 23 * 60)))


def person(person_id: str, *roles: str, **changes: object) -> Person:
    return Person(person_id, f"{person_id}@x.example", person_id.title(), roles, **changes)  # type: ignore[arg-type]  # test data


def record(**data: object) -> Snapshot:
    return Snapshot("id", dict(data), AT)


async def test_the_owner_with_absence_and_how_long_ago_the_ownership_was_confirmed() -> None:
    world = World(
        accounts={"acc_1": {"owner": "u_1", "owner_confirmed_at": ago(days=400)}},
        people_=[person("u_1", "sales_rep", away_until=AT + DAY)],
    )
    result = await ownership(world.sources.crm, world.sources.directory, "acc_1", AT)
    assert value(result, "owner.name") == "U_1"
    assert value(result, "owner.active") is True
    assert value(result, "owner.away") is True
    assert value(result, "owner.confirmed_days") == 400


async def test_an_account_without_an_owner_is_known_to_have_none() -> None:
    world = World(accounts={"acc_1": {"name": "N"}})
    result = await ownership(world.sources.crm, world.sources.directory, "acc_1", AT)
    assert value(result, "owner.id") is None
    assert is_missing(result, "owner.name", "owner.active", "owner.away", "owner.confirmed_days")


async def test_an_owner_whom_the_directory_does_not_know_is_not_taken_for_active() -> None:
    world = World(accounts={"acc_1": {"owner": "u_gone"}}, people_=[person("u_1")])
    result = await ownership(world.sources.crm, world.sources.directory, "acc_1", AT)
    assert value(result, "owner.id") == "u_gone"
    assert is_missing(result, "owner.active", "owner.away")


def test_relational_roles_are_people_we_know() -> None:
    people = [person("u_rep", "sales_rep", manager="u_boss"), person("u_boss", "sales_manager"), person("u_csm", "csm")]
    case = Case(account=record(owner="u_stranger", csm="u_csm"), deal=record(owner="u_rep"), ticket=record(assignee="u_rep"))
    assert relational_roles(case, people, AT) == {
        "deal_owner": "u_rep",
        "account_csm": "u_csm",
        "owner_manager": "u_boss",
        "ticket_assignee": "u_rep",
    }


def test_a_deal_without_an_owner_is_its_accounts_owners() -> None:
    people = [person("u_rep"), person("u_other")]
    assert relational_roles(Case(account=record(owner="u_rep"), deal=record()), people, AT)["deal_owner"] == "u_rep"
    assert relational_roles(Case(account=record(owner="u_rep"), deal=record(owner="u_other")), people, AT)["deal_owner"] == "u_other"
    assert "deal_owner" not in relational_roles(Case(account=record(owner="u_rep")), people, AT)


def test_without_a_deal_the_manager_is_the_account_owners() -> None:
    people = [person("u_rep", manager="u_boss"), person("u_boss")]
    roles = relational_roles(Case(account=record(owner="u_rep")), people, AT)
    assert roles["owner_manager"] == "u_boss"


def test_the_lead_on_shift_is_at_work_and_the_groups_own_if_possible() -> None:
    leads = [
        person("u_a", "support_lead", calendar=BUSINESS),
        person("u_b", "support_lead", calendar=BUSINESS),
        person("u_c", "support_lead", calendar=NIGHT),
    ]
    assert lead_on_shift(leads, AT, preferred="u_b") == leads[1]
    assert lead_on_shift(leads, AT, preferred="u_c") == leads[0], "the group's own lead sleeps"
    assert lead_on_shift(leads, AT.replace(hour=20), preferred="u_a") == leads[2]


def test_at_night_somebody_is_woken_but_never_one_who_is_away_or_has_left() -> None:
    leads = [
        person("u_a", "support_lead", calendar=BUSINESS, away_until=AT + timedelta(days=3)),
        person("u_b", "support_lead", calendar=BUSINESS, active=False),
        person("u_c", "support_lead", calendar=BUSINESS),
        person("u_d", "support_agent", calendar=BUSINESS),
    ]
    assert lead_on_shift(leads, AT.replace(hour=3)) == leads[2]
    assert lead_on_shift(leads[:2], AT) is None
