import pytest

from agent.errors import InvalidInput, NextplayError, NotFound, Refused, Unauthorised, Unavailable


@pytest.mark.parametrize(
    ("kind", "exit_code"),
    [(NextplayError, 1), (Unavailable, 1), (InvalidInput, 2), (NotFound, 3), (Refused, 4), (Unauthorised, 4)],
)
def test_each_error_has_a_sentence_and_an_exit_code(kind: type[NextplayError], exit_code: int) -> None:
    error = kind()
    assert error.exit_code == exit_code
    assert str(error) == error.message
    assert error.message.endswith(".")
    assert "\n" not in error.message


def test_the_text_says_what_is_wrong_and_what_to_do_next() -> None:
    error = NotFound("There is no decision dec_1.", "List them with: nextplay decisions list")
    assert str(error) == "There is no decision dec_1. List them with: nextplay decisions list"
    assert (error.message, error.next_step) == (
        "There is no decision dec_1.",
        "List them with: nextplay decisions list",
    )


def test_one_error_may_have_another_exit_code() -> None:
    assert Unavailable("The evaluation has no data.", exit_code=0).exit_code == 0
