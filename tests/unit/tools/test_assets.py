"""Which assets are searched for."""

from tests.unit.tools.reading_facts import value
from tests.unit.tools.world import AT, World, asset
from tools.assets import Question, find_assets


def world() -> World:
    return World(
        accounts={"acc_1": {"language": "de-DE", "products": ["flow", "insight"]}},
        deals={"d": {"account": "acc_1", "stage": "proposal", "interest": "security", "objection": "pricing"}},
        found_assets=[asset("a", 0.8, topics=("security",)), asset("b", 0.9)],
    )


async def test_without_topics_the_buyers_interest_and_objection_are() -> None:
    here = world()
    result = await find_assets(here.sources.search, here.sources.crm, Question("acc_1", "d"), AT)
    assert here.asked == [{"topics": ["security", "pricing"], "stage": "proposal", "kinds": (), "language": "de"}]
    assert [m.id for m in result.extras["materials"]] == ["b", "a"]
    assert value(result, "asset.strength", "a") == 0.8


async def test_a_play_names_topics_itself_or_by_the_fact_that_holds_them() -> None:
    here = world()
    about = Question("acc_1", "d", ("adoption", "account.products", "deal.objection", "deal.competitor"))
    await find_assets(here.sources.search, here.sources.crm, about, AT, kinds=("guide",))
    assert here.asked[0]["topics"] == ["adoption", "flow", "insight", "pricing"]
    assert here.asked[0]["kinds"] == ("guide",)


async def test_without_a_deal_there_is_no_stage_and_english_is_the_language() -> None:
    here = World(found_assets=[])
    result = await find_assets(here.sources.search, here.sources.crm, Question(None), AT)
    assert here.asked == [{"topics": [], "stage": None, "kinds": (), "language": "en"}]
    assert result.status == "no_data"
