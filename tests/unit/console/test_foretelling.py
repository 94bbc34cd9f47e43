from agent.domain.reliability import Foretold
from integrations.console.foretelling import foretold_section
from integrations.reports import Curves, Fold, Notice, Prose, Section, Table


def only(found: Foretold) -> Section:
    [section] = foretold_section(found)
    return section


def test_each_surface_has_its_curve_with_its_scores_and_every_bin_in_the_table() -> None:
    section = only(Foretold(answers={"renewal": [(0.62, True), (0.68, False)]}, outcomes={"renewal": [(0.31, False)], "ticket-reply": [(0.9, True)]}))
    approval, success, scores, bins = section.blocks
    assert isinstance(approval, Curves)
    assert [(curve.label, curve.note) for curve in approval.curves] == [("renewal", "2 cases · Brier 0.303 · ECE 15.0 points")]
    assert isinstance(success, Curves)
    assert [curve.label for curve in success.curves] == ["renewal", "ticket-reply"]
    assert isinstance(scores, Table)
    assert scores.rows[0] == ["renewal", "approval", "2", "0.303", "0.250", "15.0 points"]
    assert isinstance(bins, Fold)
    [table] = bins.blocks
    assert isinstance(table, Table)
    assert table.rows[0] == ["renewal", "approval", "60% to 70%", "2", "65%", "50%", "9% to 91%"]


def test_answers_without_a_chance_and_decisions_that_are_not_read_are_said() -> None:
    section = only(Foretold(unsure={"renewal": 3, "ticket-reply": 1}, unread=2))
    notice, unsure = section.blocks
    assert isinstance(notice, Notice)
    assert notice.text == "2 decisions of an earlier release are still being read."
    assert isinstance(unsure, Prose)
    assert unsure.text == "Without a confidence, for their kind of play had under 50 labels: 4 answers (3 of renewal and 1 of ticket-reply)."


def test_where_nothing_came_there_is_no_section() -> None:
    assert list(foretold_section(Foretold())) == []
