"""What a text asks for."""

from integrations.search.query import MOST_SENTENCES, MOST_WORDS, read


def test_a_question_is_one_sentence_with_its_words() -> None:
    query = read("How do I rotate the API keys?")
    assert (query.sentences, query.words, bool(query)) == (("How do I rotate the API keys?",), ("rotate", "api", "keys"), True)


def test_a_long_text_is_asked_sentence_by_sentence_without_what_says_nothing() -> None:
    query = read("Hello!\nThe export of rows stops. And so on.\nPlease tell us what to do about invoices.")
    assert query.sentences == ("The export of rows stops.", "Please tell us what to do about invoices.")


def test_several_short_sentences_are_asked_together() -> None:
    assert read("Export broken. Help.").sentences == ("Export broken. Help.",)


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
