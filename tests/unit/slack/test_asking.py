import pytest

from integrations.slack.asking import Request, plain_text, request_of


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("", Request("help")),
        ("help", Request("help")),
        ("article how do I reset a password", Request("article", "how do I reset a password")),
        ("how do I reset a password", Request("article", "how do I reset a password")),
        ("article #4711", Request("article", "", "4711")),
        ("article: tic_004 and what then", Request("article", "and what then", "tic_004")),
        ("article", Request("help")),
        ("escalate #4711 all is down", Request("escalate", "all is down", "4711")),
        ("escalate please", Request("escalate", "please")),
        ("why dec_0123456789ab", Request("why", "dec_0123456789ab", None, "dec_0123456789ab")),
        ("queue", Request("queue")),
    ],
)
def test_the_first_word_says_what_is_wanted(said: str, asked: Request) -> None:
    assert request_of(said) == asked


def test_a_mention_without_words_asks_about_the_thread() -> None:
    thread = "The customer of #815 cannot export"
    assert request_of("<@U0BOT>", around=thread) == Request("article", "The customer of cannot export", "815")
    assert request_of("<@U0BOT> escalate", around=thread).ticket == "815"


def test_slacks_markup_is_no_part_of_what_was_said() -> None:
    assert plain_text("<@U1> see <https://x.example|the page> &lt;b&gt; <#C1|deals> <!channel>") == "see the page <b>"
