"""No difference is claimed that the cases cannot show."""

import pytest

from agent.errors import InvalidInput
from evals.comparing import compare, mcnemar, shift
from evals.results import Result
from tests.evals.made import NUISANCE, result


@pytest.mark.parametrize(
    ("better", "worse", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (10, 2, 0.03857421875), (3, 3, 1.0), (0, 6, 0.03125)],
)
def test_mcnemar_is_exact(better: int, worse: int, p: float) -> None:
    assert mcnemar(better, worse) == pytest.approx(p)


def _run(passed: int, failed: int) -> list[Result]:
    return [result(f"c{i}", *([] if i < passed else [NUISANCE])) for i in range(passed + failed)]


def test_five_flips_show_nothing_and_six_do() -> None:
    five, _ = compare(_run(15, 5), _run(20, 0))
    six, _ = compare(_run(14, 6), _run(20, 0))

    assert (len(five.better), five.worse) == (5, ())
    assert "too few to show a difference" in five.says
    assert six.says.startswith("B is better: 6 better, 0 worse")
    assert compare(_run(20, 0), _run(14, 6))[0].says.startswith("B is worse")
    assert compare(_run(3, 1), _run(3, 1))[0].says == "No case of 4 differs."


def test_runs_of_other_suites_or_of_changed_cases_are_not_compared() -> None:
    with pytest.raises(InvalidInput, match="of other suites: s and t"):
        compare([result("a")], [result("a", suite="t")])
    with pytest.raises(InvalidInput, match="no case in common"):
        compare([result("a", hash="1")], [result("a", hash="2")])


def test_a_bootstrap_interval_covers_the_mean_and_leaves_out_zero_only_for_a_real_shift() -> None:
    apart = shift("ms", [(10.0 + i % 3, 20.0 + i % 5) for i in range(40)])
    alike = shift("ms", [(10.0 + i % 3, 10.0 + (i + 1) % 3) for i in range(40)])

    assert apart is not None
    assert alike is not None
    assert apart.low < apart.difference < apart.high
    assert apart.shown
    assert not alike.shown
    assert shift("ms", [(1.0, 2.0), (None, 3.0)]) is None


def test_attempts_of_a_case_count_as_one_pair() -> None:
    flips, _ = compare([result("a", attempt=1), result("a", NUISANCE, attempt=2)], [result("a", attempt=1), result("a", attempt=2)])
    assert flips.better == ("s/a",)


def test_confidence_is_compared_by_its_brier_score() -> None:
    def sure(figure: float) -> list[Result]:
        return [result(f"c{i}", confidence=[[figure, True, False]] if i < 3 else []) for i in range(4)]

    (found,) = compare(sure(0.5), sure(0.9))[1]
    assert (found.name, found.n, found.shown) == ("brier", 3, True)
    assert found.difference == pytest.approx(0.01 - 0.25)
