"""What tells the kind of an issue by its words: what is told of a text, and what is wrong with a list."""

from pathlib import Path

import pytest

from agent.domain.triage_words import TriageWords
from agent.playbook.loader import DEFAULT, PlaybookError, load
from agent.playbook.storing import playbook_from_json, playbook_to_json
from tests.unit.playbook.folders import write

WORDS = TriageWords.model_validate({
    "kinds": {"refund": ["refund*"], "incident": ["outage"]},
    "products": {"pay": {"codes": ["PAY-###"], "words": ["invoice*"]}, "plan": {"codes": ["PL-##"], "words": ["shift*"]}},
    "severity": {"outage": ["outage"], "loss": ["lost data"]},
    "upset": ["fed up"],
    "automatic": {"subject": ["automatic reply:"], "text": ["i am out of the office"]},
})  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [("I want a refund", "refund"), ("A refund for the outage", "incident"), ("Hello", None), ("", None)],
)
def test_the_graver_kind_is_told(text: str, kind: str | None) -> None:
    named = WORDS.kind_in(text)
    assert (named.name if named else None) == kind


@pytest.mark.parametrize(
    ("text", "product"),
    [
        ("PAY-123 again", "pay"),
        ("the shifts of PAY-123", "pay"),
        ("my shifts", "plan"),
        ("my shifts and invoices", None),
        ("PAY-123 or PL-12", None),
        ("PAY-1234", None),
    ],
)
def test_codes_come_before_words_and_of_several_modules_none_is_told(text: str, product: str | None) -> None:
    named = WORDS.product_in(text)
    assert (named.name if named else None) == product


def test_gravity_mood_and_automatic_mail() -> None:
    assert WORDS.severity_in("an outage", "we lost data in the outage") == ["outage", "lost data"]
    assert WORDS.upset_in("I am fed up") == ["fed up"]
    assert WORDS.is_automatic("Automatic reply: Your ticket", "")
    assert WORDS.is_automatic("Re: x", "Hello, I am out of the office until Monday.")
    assert not WORDS.is_automatic("Why does an automatic reply: stop?", "It is sent twice")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kinds: {complaint: [angry]}", "there is no kind of issue 'complaint'"),
        ("kinds: {refund: ['*']}", "'*' cannot be looked for"),
        ("kinds: {refund: [money], request: [Money]}", "tells request and refund"),
        ("products: {a: {codes: ['X-##']}, b: {codes: ['x-##']}}", "tells b and a"),
        ("upset: [fed up, '']", "cannot be looked for"),
        ("sure: {chance: 7}", "sure.chance"),
        ("colour: red", "unknown key 'colour'"),
        ("kinds: [refund]", "kinds"),
    ],
)
def test_a_list_that_is_wrong_keeps_the_playbook_from_loading_and_says_where(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(PlaybookError) as raised:
        load(write(tmp_path, triage=text))
    assert says in str(raised.value)
    assert "triage.yaml:1" in str(raised.value)


def test_words_are_part_of_the_version_and_are_kept_with_it(tmp_path: Path) -> None:
    without = load(write(tmp_path))
    having = load(write(tmp_path, triage="upset: [fed up]"))
    assert without.version != having.version
    assert load(write(tmp_path, triage="{}")).version == without.version
    assert playbook_from_json(having.version, playbook_to_json(having)) == having
    assert "triage" not in playbook_to_json(without)


def test_what_ships_knows_every_language_that_we_look_for_danger_in() -> None:
    words = load(DEFAULT).triage
    for subject in ("Automatic reply: x", "Automatische Antwort: x", "R\u00e9ponse automatique : x", "Respuesta autom\u00e1tica: x"):
        assert words.is_automatic(subject, ""), subject
    for text in ("complete outage", "Totaler Ausfall", "Panne g\u00e9n\u00e9rale", "Ca\u00edda del servicio"):
        assert words.severity_in(text), text
    for text in ("a refund", "R\u00fcckerstattung", "un remboursement", "un reembolso"):
        named = words.kind_in(text)
        assert named is not None, text
        assert named.name == "refund", text


@pytest.mark.parametrize(
    "subject", ["Out of office calendar is not synced", "Undeliverable parcels in the report", "Abwesenheiten im Schichtplan fehlen"]
)
def test_what_a_person_writes_about_absences_is_not_automatic(subject: str) -> None:
    assert not load(DEFAULT).triage.is_automatic(subject, "It does not show those who are out of the office.")
