"""Which sentence answers, and what is shown around it."""

from integrations.search.answering import SHOWN_CHARS, Shown, around, by_words, whole


def test_by_words_the_sentences_that_hold_them_are_shown() -> None:
    assert by_words("Nothing here. The limit is 5. Bye.", frozenset({"limit"})) == Shown("The limit is 5.", "The limit is 5.")
    assert by_words("First. Second.", frozenset({"none"})) == Shown("First. Second.", "")
    assert by_words("", frozenset({"limit"})) == Shown("", "")


def test_a_sentence_that_only_leads_on_is_no_answer() -> None:
    assert (
        by_words("If the owner has left: Write to us. Bye.".replace(": ", ":\n"), frozenset({"owner"})).answer
        == "If the owner has left: Write to us."
    )


def test_what_is_left_out_between_sentences_shows() -> None:
    steps = "Open the limits. Choose a flow. Raise its limit. Save. The limit holds at once."
    assert by_words(steps, frozenset({"limit"})).passage == "Open the limits. … Raise its limit. … The limit holds at once."
    assert len(by_words("A limit of one. Not this. " * 60, frozenset({"limit"})).passage) <= SHOWN_CHARS


def test_around_it_is_what_comes_after_first() -> None:
    parts = ["a" * 200, "answer", "b" * 200, "c" * 200]
    assert around(parts, 1) == Shown(f"answer {'b' * 200} {'c' * 200}", "answer")
    assert around(parts[:2], 1) == Shown(f"{'a' * 200} answer", "answer")
    assert around(["x" * 1000], 0).answer == "x" * 1000
    assert len(around(["word. "] * 500, 250).passage) <= SHOWN_CHARS + 1


def test_what_leads_to_the_next_sentence_goes_with_it() -> None:
    assert whole(["If the owner left:", "Write to us.", "Bye."]) == ["If the owner left: Write to us.", "Bye."]
    assert whole(["Then:", "1.", "Sign in.", "2.", "Look."]) == ["Then: 1. Sign in.", "2. Look."]
    assert whole([]) == []
