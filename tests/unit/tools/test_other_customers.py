"""Which other customers a text names, found by the text's own words."""

import pytest

from tests.unit.tools.world import FakeCrm, World
from tools.other_customers import others_named
from tools.ports import SourceError

WORLD = World(
    accounts={
        "acc_1": {"name": "Northwind Foods"}, "acc_2": {"name": "Calloway Biotech, Inc."}, "acc_3": {"name": "Harbour & Finch Architects Pty Ltd"},
        "acc_4": {"name": "Next Step GmbH"}, "acc_5": {"name": "Dear Team Ltd"}, "acc_6": {"name": "Globex"}, "acc_7": {"name": "SAP SE"},
    },
    contacts={
        "c_1": {"account": "acc_1", "name": "Priya Sharma"}, "c_2": {"account": "acc_2", "name": "Dr. Susan Calloway"},
        "c_3": {"account": "acc_6", "name": "Priya Sharma"},
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Calloway Biotech, Inc. did it", ["Calloway Biotech", "Calloway Biotech, Inc."]),
        ("as CALLOWAY BIOTECH's people say", ["Calloway Biotech"]),
        ("ask Susan Calloway there", ["Susan Calloway"]),
        ("like Harbour & Finch Architects", ["Harbour & Finch Architects"]),
        ("like \uff27lobex does", ["Globex"]),
        ("Glo\u200bbex does", ["Globex"]),
        ("the Next Step people", ["Next Step"]),
        ("Please take the next step.", []),
        ("Next, step by step", []),
        ("Dear team, Northwind Foods and Priya Sharma", []),
        ("a biotech in Calloway County, and Susan", []),
        ("", []),
    ],
)
async def test_names_of_others_are_found(text: str, named: list[str]) -> None:
    assert [*await others_named(FakeCrm(WORLD), [text], ours=("acc_1",))] == sorted(named)


async def test_the_familys_names_are_its_own() -> None:
    assert await others_named(FakeCrm(WORLD), ["Globex is Globex"], ours=("acc_1", "acc_6")) == []
    assert await others_named(FakeCrm(WORLD), ["Priya Sharma"], ours=("acc_2",)) == ["Priya Sharma"]


async def test_a_crm_that_does_not_answer_is_said() -> None:
    with pytest.raises(SourceError):
        await others_named(FakeCrm(World(down={"crm"})), ["Globex"], ours=())
