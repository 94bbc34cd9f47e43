"""How articles are cut."""

from integrations.search.passages import MOST_PASSAGES, PASSAGE_CHARS, Article, Passage, digest, said, split


def article(body: str, title: str = "Export") -> Article:
    return Article("a", title, body, "public", "en")


def test_short_paragraphs_stay_together_with_their_headings() -> None:
    assert split(article("# Limits\n\nOne.\nTwo.\n\n## More ##\n\nThree.")) == [Passage("", "Limits\nOne.\nTwo.\nMore\nThree.")]


def test_what_goes_on_in_the_next_passage_keeps_its_heading() -> None:
    first, second = split(article(f"## Limits\n\n{'a' * 600}\n\n{'b' * 600}"))
    assert (first.section, first.text[:7], second) == ("", "Limits\n", Passage("Limits", "b" * 600))
    assert said(article(""), second) == f"Export. Limits. {'b' * 600}"


def test_no_passage_is_much_longer_than_it_may_be_and_nothing_is_lost() -> None:
    body = "\n\n".join(["A sentence of some length. " * 60, "y" * 2000, "The end."])
    found = split(article(body))
    assert max(len(one.text) for one in found) <= PASSAGE_CHARS
    assert "".join("".join(one.text for one in found).split()) == "".join(body.split())


def test_an_article_without_text_is_its_title() -> None:
    for body in ("", " \n ", "<p> </p>", "<script>x()</script>", "---", "# Export", "<p>Export</p>"):
        assert split(article(body)) == [Passage("", "")]
    assert said(article(""), Passage("", "")) == "Export"


def test_html_is_read_as_a_reader_would_and_what_only_looks_like_it_is_left() -> None:
    assert split(article("<h2>Limits</h2><p>A&nbsp;&amp;&nbsp;B</p><script>evil()</script>"))[0].text == "Limits\nA & B"
    assert split(article("If a < b and c > d"))[0].text == "If a < b and c > d"


def test_a_huge_article_has_an_end() -> None:
    assert len(split(article("word " * 100 + "\n\n" + ("z" * 650 + "\n\n") * 1000))) == MOST_PASSAGES


def test_the_same_text_has_the_same_name() -> None:
    assert digest("Export") == digest("Export") != digest("export")
    assert digest("\ud800")
