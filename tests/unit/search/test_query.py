"""What a text asks for."""

import pytest

from integrations.search.query import MOST_SENTENCES, MOST_WORDS, read


def test_a_question_is_one_sentence_with_its_words() -> None:
    query = read("How do I rotate the API keys?")
    assert (query.sentences, query.words, bool(query)) == (("How do I rotate the API keys?",), ("rotate", "api", "keys"), True)


def test_a_long_text_is_asked_sentence_by_sentence_without_what_says_nothing() -> None:
    query = read("Hello!\nThe export of rows stops. And so on.\nPlease tell us what to do about invoices.")
    assert query.sentences == ("The export of rows stops.", "Please tell us what to do about invoices.")


def test_several_short_sentences_are_asked_together() -> None:
    assert read("Export broken. Help.").sentences == ("Export broken. Help.",)


@pytest.mark.parametrize("word", ["TS-3005", "TS-9", "E42", "KB5001", "HTTP2", "404x", "ORA-00942"])
def test_what_a_code_is(word: str) -> None:
    assert read(f"error {word}").codes == {word.lower()}


@pytest.mark.parametrize("word", ["P1", "Q3", "24h", "2nd", "10am", "v2", "365", "Monday"])
def test_what_is_no_code(word: str) -> None:
    assert read(f"error {word}").codes == frozenset()


def test_codes_weigh_more() -> None:
    query = read("error TS-3005 again")
    assert (query.codes, query.weighted) == (frozenset({"ts-3005"}), ["error", "ts-3005", "ts-3005", "ts-3005", "again"])


def test_what_is_no_text_asks_for_nothing() -> None:
    for text in ("", "the and of", "!!!", "QUJD" * 1000, "<script>export()</script>"):
        assert not read(text)
        assert read(text).sentences == ()


def test_no_text_is_asked_without_end() -> None:
    query = read("The export of rows stops today. " * 5000)
    assert (len(query.sentences), len(query.words)) == (MOST_SENTENCES, MOST_WORDS)
