from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from integrations.console.rendering import Reader
from integrations.console.zoned import zoned

READER = Reader(datetime(2026, 11, 10, 10, tzinfo=UTC), ZoneInfo("Asia/Tokyo"))
TOLD = '<time datetime="2026-11-10T14:00:00+00:00" title="in 4 h, 2026-11-10 14:00 UTC">Tue 10 Nov 2026, 23:00 JST</time>'


def told(html: str) -> str:
    return zoned(html, READER.of_text)


@pytest.mark.parametrize("said", ["2026-11-10 14:00 UTC", "2026-11-10 14:00:00 UTC", "10 Nov 2026 14:00 UTC"])
def test_a_moment_in_a_text_is_told_in_the_readers_zone(said: str) -> None:
    assert told(f"<p>Waits until {said}, then <b>goes</b>.</p>") == f"<p>Waits until {TOLD}, then <b>goes</b>.</p>"


@pytest.mark.parametrize(
    "html",
    [
        '<p title="2026-11-10 14:00 UTC">x</p>', '<input value="until 2026-11-10 14:00 UTC">', "<pre>2026-11-10 14:00 UTC</pre>",
        "<textarea>2026-11-10 14:00 UTC</textarea>", "<title>2026-11-10 14:00 UTC</title>",
        "<div data-as-is><div>a</div>2026-11-10 14:00 UTC<br></div>", '<time datetime="x">2026-11-10 14:00 UTC</time>',
        "<p>9999-12-31 23:30 UTC</p>", "<p>2026-13-40 14:00 UTC and 31 Feb 2026 14:00 UTC and 12:00 UTC</p>",
    ],
)  # fmt: skip
def test_what_stands_as_it_is_and_what_is_no_moment_is_left_alone(html: str) -> None:
    assert told(html) == html


def test_after_what_is_left_alone_texts_are_told_again() -> None:
    assert told("<div data-as-is><div>x</div></div><p>2026-11-10 14:00 UTC</p>").endswith(f"<p>{TOLD}</p>")
    assert told("<pre>x</pre>2026-11-10 14:00 UTC") == f"<pre>x</pre>{TOLD}"


def test_what_is_escaped_stays_so() -> None:
    assert told("<p>&lt;pre&gt;2026-11-10 14:00 UTC</p>") == f"<p>&lt;pre&gt;{TOLD}</p>"
