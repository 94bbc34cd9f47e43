"""Slack's mrkdwn: what it makes of a text, and that nothing else in a text becomes markup."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.sandbox.slack.page.mrkdwn import mrkdwn, plain
from integrations.sandbox.slack.page.reader import Reader
from integrations.sandbox.slack.page.rich import markdown, rich_text
from integrations.sandbox.slack.roster import Member

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
READER = Reader(Member("UME", "Me", "", timezone="Europe/Berlin"), {"UME": "Me", "UBOB": "Bob <b>"}, {"CGEN": "general"}, lambda: NOW)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* and _italic_ and ~gone~", "<b>bold</b> and <i>italic</i> and <s>gone</s>"),
        ("*both _at once_*", "<b>both <i>at once</i></b>"),
        ("snake_case_name 2*3*4 a~b~c", "snake_case_name 2*3*4 a~b~c"),
        ("* no bold *", "* no bold *"),
        ("`*code* &lt;b&gt;`", "<code>*code* &lt;b&gt;</code>"),
        ("```\nif a < b:\n  *x*\n```", "<pre>if a &lt; b:\n  *x*</pre>"),
        ("a\n> one\n> *two*\nb", "a<blockquote>one\n<b>two</b></blockquote>b"),
        ("&gt; quoted too", "<blockquote>quoted too</blockquote>"),
        ("Tom &amp; Jerry &lt;3 &amp;lt;", "Tom &amp; Jerry &lt;3 &amp;lt;"),
        ("<@UBOB> in <#CGEN>", '<span class="mention">@Bob &lt;b&gt;</span> in <span class="mention">#general</span>'),
        ("<@UME> <!here>", '<span class="mention mine">@Me</span> <span class="mention mine">@here</span>'),
        ("&lt;@UBOB&gt; &lt;!channel&gt;", "&lt;@UBOB&gt; &lt;!channel&gt;"),
        (
            "<https://example.com/?a=1&amp;b=2|A &lt;label&gt;>",
            '<a href="https://example.com/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">A &lt;label&gt;</a>',
        ),
        ("See https://example.com.", 'See <a href="https://example.com" target="_blank" rel="noopener noreferrer">https://example.com</a>.'),
        ("<javascript:alert(1)|press>", "&lt;javascript:alert(1)|press&gt;"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        (":tada: :no_such_thing:", "🎉 :no_such_thing:"),
        ("<!date^1795600000^{date_short_pretty} at {time}|then>", "Today at 10:46 AM"),
        ("<!date^1795000000^{date_num} {time_secs}|then>", "2026-11-18 12:06:40"),
    ],
)
def test_mrkdwn(text: str, html: str) -> None:
    assert str(mrkdwn(text, READER)) == html


OURS = ("b", "i", "s", "code", "pre", "blockquote", "span", "a")


@given(st.text(alphabet="<>&;ltg*_~`:|!@#/\"' \nahtps.x^", max_size=80))
def test_no_text_makes_a_tag_or_an_attribute_of_its_own(text: str) -> None:
    html = str(mrkdwn(text, READER))
    for piece in html.split("<")[1:]:
        tag = piece.partition(">")[0].removeprefix("/")
        name, _, attributes = tag.partition(" ")
        assert name in OURS
        assert attributes == "" or (
            attributes.startswith(('class="mention', 'href="http', 'href="mailto:', 'href="tel:')) and attributes.count('"') in (2, 6)
        )


def test_plain_text_is_only_text() -> None:
    assert str(plain("*a* <b> &lt; :eyes:")) == "*a* &lt;b&gt; &amp;lt; 👀"


def test_markdown_has_no_html_and_no_other_schemes() -> None:
    html = str(markdown("**a** <script>x</script> [b](javascript:alert(1)) [c](https://example.com)"))
    assert "<strong>a</strong>" in html
    assert "<script" not in html
    assert 'href="javascript' not in html
    assert 'href="https://example.com"' in html


def test_rich_text_is_escaped_and_its_links_are_checked() -> None:
    leaves = [
        {"type": "text", "text": "<b>", "style": {"bold": True}},
        {"type": "link", "url": "javascript:alert(1)", "text": "press"},
        {"type": "user", "user_id": "UBOB"},
    ]
    html = str(rich_text({"elements": [{"type": "rich_text_section", "elements": leaves}]}, READER))
    assert html == '<div><b>&lt;b&gt;</b>press<span class="mention">@Bob &lt;b&gt;</span></div>'
