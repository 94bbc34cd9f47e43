"""What every tool has in common."""

from agent.domain.fact_catalogue import CATALOGUE, PER_CANDIDATE_ROOTS
from tests.unit.tools.reading_facts import is_missing, value
from tests.unit.tools.world import AT
from tools import TOOLS
from tools.ports import SourceError
from tools.reading import MOST_ITEMS, UNKNOWN, Reading
from tools.result import Access, ToolResult, reads


def test_every_tool_says_what_it_is_and_only_gives_facts_of_the_catalogue() -> None:
    assert len({tool.name for tool in TOOLS}) == len(TOOLS)
    for tool in TOOLS:
        assert tool.about.endswith("."), tool.name
        assert tool.access is Access.READ
        assert set(tool.gives) <= set(CATALOGUE), tool.name


def test_a_list_without_end_is_missing_because_rules_walk_lists() -> None:
    assert [fact.name for fact in Reading(AT).facts({"ticket.tags": ["x"] * MOST_ITEMS})] == ["ticket.tags"]
    assert Reading(AT).facts({"ticket.tags": ["x"] * (MOST_ITEMS + 1)}) == ()


def test_every_fact_of_a_record_is_given_by_exactly_one_tool() -> None:
    given = [name for tool in TOOLS for name in tool.gives]
    assert len(given) == len(set(given))
    made_elsewhere = {"event", *(PER_CANDIDATE_ROOTS - {"contact", "group", "asset", "article"}), "surface"}
    per_ticket = {"group.handles_product"}
    assert set(given) == {name for name, spec in CATALOGUE.items() if spec.root not in made_elsewhere} - per_ticket


@reads("account.name", "account.tier", "contact.name", "contact.role")
async def look(fails: bool) -> ToolResult:
    """Looks."""
    if fails:
        raise SourceError("crm", "503")
    account = Reading(AT).facts({"account.name": "N", "account.tier": UNKNOWN})
    return ToolResult("ok", account + Reading(AT, of="c").facts({"contact.name": None, "contact.role": UNKNOWN}))


async def test_what_a_tool_leaves_out_is_missing_for_the_subject_and_for_each_contact() -> None:
    result = await look(False)
    assert value(result, "account.name") == "N"
    assert value(result, "contact.name", "c") is None
    assert is_missing(result, "account.tier")
    assert is_missing(result, "contact.role", of="c")
    assert len(result.facts) == 4


async def test_a_source_that_fails_is_a_result_not_an_exception() -> None:
    result = await look(True)
    assert result.status == "error"
    assert result.problem == "crm did not answer: 503"
    assert is_missing(result, "account.name", "account.tier")
    assert len(result.facts) == 2, "nobody knows of which contacts facts are missing"
