"""Events as files hold them."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import InvalidInput
from integrations.cli.event_files import arrival_from, read_events
from tests.unit.cli.made import AT

EVENT = {
    "source": "billing",
    "id": "evt_1",
    "type": "deal.stage_changed",
    "occurred_at": "2026-11-23T09:00:00Z",
    "account": "acc_001",
    "subject": {"kind": "deal", "id": "deal_001"},
    "data": {"stage": "won", "note": "1e5 \N{WAVING HAND SIGN}"},
}


def written(folder: Path, text: str, name: str = "events") -> str:
    """The path of a file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_json_yaml_lists_and_lines_hold_the_same_events(tmp_path: Path) -> None:
    as_yaml = (
        "source: billing\nid: evt_1\ntype: deal.stage_changed\noccurred_at: 2026-11-23T09:00:00Z\naccount: acc_001\n"
        'subject: {kind: deal, id: deal_001}\ndata: {stage: won, note: "1e5 \N{WAVING HAND SIGN}"}\n'
    )
    two = [EVENT, {**EVENT, "id": "evt_2"}]
    texts = {
        json.dumps(EVENT): 1,
        json.dumps(EVENT, indent=2): 1,
        as_yaml: 1,
        json.dumps(two): 2,
        "\n".join(json.dumps(e) for e in two) + "\n": 2,
        f"- {as_yaml.strip().replace(chr(10), chr(10) + '  ')}\n": 1,
    }
    for text, count in texts.items():
        found = [arrival_from(data, AT).event for data in read_events(written(tmp_path, text))]
        assert len(found) == count
        assert found[0].occurred_at == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
        assert found[0].data == EVENT["data"]


def test_standard_input_is_read_for_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(EVENT)))
    assert read_events("-") == [EVENT]


def test_times_that_are_not_told_are_now() -> None:
    untimed = {name: value for name, value in EVENT.items() if name != "occurred_at"}
    event = arrival_from(untimed, AT).event
    assert event.occurred_at == event.received_at == AT
    received = arrival_from({**EVENT, "received_at": "2026-11-23T09:05:00Z"}, AT).event
    assert received.received_at == datetime(2026, 11, 23, 9, 5, tzinfo=UTC)


def test_the_same_file_later_is_the_same_delivery() -> None:
    untimed = {name: value for name, value in EVENT.items() if name != "occurred_at"}
    assert arrival_from(untimed, AT).sha256 == arrival_from(untimed, AT.replace(hour=23)).sha256
    assert arrival_from(untimed, AT).sha256 != arrival_from(EVENT, AT).sha256


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no event"),
        ("[]", "holds no event"),
        ("[1, 2]", "holds no event"),
        ("just text", "holds no event"),
        ('{"id": "a", "id": "b"}', "on line 1: the key 'id' is given twice"),
        ("a: [", "cannot be read on line 1"),
        ("a: &x 1\nb: *x\n", "anchors are not supported"),
    ],
)
def test_what_is_no_event_is_refused_with_the_place(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_events(written(tmp_path, text))
    assert says in refused.value.message
    assert refused.value.next_step
    assert refused.value.exit_code == 2


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b"\xff\xfe\x00x")
    for name, says in (("absent", "no such file"), ("latin", "not UTF-8"), ("", "is a directory")):
        with pytest.raises(InvalidInput, match=says):
            read_events(str(tmp_path / name))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"subject": None}, "subject:"),
        ({"source": "clock"}, "source: must be the sender's own name"),
        ({"source": "nextplay"}, "source: must be the sender's own name"),
        ({"occurred_at": "yesterday"}, "occurred_at:"),
        ({"received_at": "yesterday"}, "received_at must be a time"),
        ({"colour": "red"}, "colour:"),
        ({"data": {"a": {1, 2}}}, "cannot hold a set"),
    ],
)
def test_wrong_fields_are_named(change: dict[str, object], says: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        arrival_from({**EVENT, **change}, AT)
    assert says in refused.value.message
