"""A model's words are used only when every claim in them is proved; else the template's are, and the notes say why."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest

from agent.composing import Composed, brief_for, compose_template
from agent.domain.content_check import Allowed, check_content
from agent.domain.facts import Status
from agent.writing import Worded, allowed_for, allowed_in_full, objections, word
from tests.unit.letters import ARTICLE, candidate, evidence, fact, nobody, play
from tools.ports import Brief, SourceError, Wording, WriterUnavailable
from tools.processing import may_use_model

PLAY = play(
    "Hello {{ contact.first_name }},\n\nread {{ article.title }}: {{ article.url }}\n\nThis was prepared automatically.\n\n{{ vendor }}",
    subject="Re: {{ ticket.subject }}",
    disclosure=True,
)
CHOSEN = candidate(PLAY, material="a_1")
DRAFT = compose_template(PLAY, CHOSEN, evidence(), vendor="Tessera")
BRIEF = brief_for(PLAY, CHOSEN, evidence(), DRAFT)
ALLOWED = allowed_for(BRIEF, DRAFT, today=evidence().at.date())
GOOD = {
    "subject": "Re: [[ticket.subject]]",
    "body": f"Hello Priya,\n\nopen {ARTICLE.title}: {ARTICLE.url}. It takes 2 minutes.\n\nTessera",
}


PRICE = "the body states the price '999 EUR', which no fact, parameter or source text holds"


class ScriptedWriter:
    """Answers with the given wordings in turn, and keeps the feedback it got."""

    def __init__(self, *answers: dict[str, str] | Exception) -> None:
        self.answers = list(answers)
        self.feedback: list[list[str]] = []

    async def write(self, brief: Brief, *, feedback: Sequence[str] = ()) -> Wording:  # noqa: ARG002  the port's names
        self.feedback.append(list(feedback))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return Wording(answer, "hash1")


class SilentWriter:
    """Never answers."""

    async def write(self, brief: Brief, *, feedback: Sequence[str] = ()) -> Wording:  # noqa: ARG002  the port's names
        await asyncio.Event().wait()
        raise AssertionError


async def worded(*answers: dict[str, str] | Exception, draft: Composed = DRAFT, allowed: Allowed = ALLOWED) -> tuple[Worded, ScriptedWriter]:
    writer = ScriptedWriter(*answers)
    return await word(writer, draft, BRIEF, allowed, ai_processing=True, others=nobody), writer


async def test_proved_words_are_used_with_held_values_and_the_disclosure_in_place() -> None:
    text, _ = await worded(GOOD)

    assert (text.composed_by, text.prompt_hash, text.notes) == ("llm", "hash1", ())
    assert text.content["subject"] == "Re: Cannot export my report, see"
    assert text.content["body"].endswith("Tessera\n\nThis was prepared automatically.")


async def test_a_disclosure_that_was_kept_is_not_said_twice() -> None:
    text, _ = await worded({**GOOD, "body": f"Hello Priya, read {ARTICLE.url}\n\nThis was prepared automatically."})

    assert text.content["body"].count("automatically") == 1


async def test_no_writer_means_the_template() -> None:
    text = await word(None, DRAFT, BRIEF, ALLOWED, ai_processing=True, others=nobody)

    assert text == Worded(DRAFT.content, "template", None, ("worded by the template: no model may be used",))


async def test_an_account_that_forbids_ai_processing_is_never_sent_to_a_model() -> None:
    writer = ScriptedWriter(GOOD)
    text = await word(writer, DRAFT, BRIEF, ALLOWED, ai_processing=False, others=nobody)

    assert text.composed_by == "template"
    assert "does not allow AI processing" in text.notes[0]
    assert writer.feedback == []


@pytest.mark.parametrize(
    ("value", "status", "may"),
    [
        (True, Status.FRESH, True),
        (False, Status.FRESH, False),
        (None, Status.FRESH, False),
        (True, Status.STALE, False),
        ("yes", Status.FRESH, False),
    ],
)
def test_only_a_known_yes_allows_a_model(value: object, status: Status, may: bool) -> None:
    facts = evidence()
    others = tuple(f for f in facts.facts if f.name != "account.ai_processing")
    changed = replace(facts, facts=(*others, fact("account.ai_processing", value, status=status)))

    assert may_use_model(changed.facts) is may


async def test_refused_words_get_one_more_try_with_what_was_wrong() -> None:
    text, writer = await worded({**GOOD, "body": f"Hello Priya, it costs 999 EUR: {ARTICLE.url}"}, GOOD)

    assert text.composed_by == "llm"
    assert writer.feedback == [[], [PRICE]]
    assert text.notes == (f"the model's wording 1 was refused: {PRICE}",)


async def test_twice_refused_is_the_template() -> None:
    text, writer = await worded({**GOOD, "body": "See evil.com"}, {**GOOD, "body": "We refund you"}, GOOD)

    assert (text.content, text.composed_by, text.prompt_hash) == (DRAFT.content, "template", None)
    assert len(writer.feedback) == 2
    assert [note.partition(":")[0] for note in text.notes] == [
        "the model's wording 1 was refused",
        "the model's wording 2 was refused",
        "worded by the template",
    ]


async def test_an_unavailable_model_is_the_template_with_the_cause() -> None:
    text, _ = await worded(WriterUnavailable("the model is not available: status 503"))

    assert (text.content, text.notes) == (
        DRAFT.content,
        ("worded by the template: the model is not available: status 503",),
    )


async def test_a_model_that_fails_at_the_second_try_is_the_template() -> None:
    text, _ = await worded({**GOOD, "body": "See evil.com"}, WriterUnavailable("down"))

    assert text.composed_by == "template"


async def test_a_slow_model_is_the_template() -> None:
    text = await word(SilentWriter(), DRAFT, BRIEF, ALLOWED, ai_processing=True, others=nobody, deadline_s=0.001)

    assert (text.composed_by, text.notes) == (
        "template",
        ("worded by the template: the model took longer than 0.001 s",),
    )


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"subject": "Hello"}, "exactly the fields"),
        ({**GOOD, "action": "refund"}, "exactly the fields"),
        ({**GOOD, "body": "  "}, "the body is empty"),
        ({**GOOD, "subject": "[[account.tier]]"}, "where the draft does not have it"),
        ({**GOOD, "subject": "[[ticket.subject]] [[ticket.subject]]"}, "where the draft does not have it"),
        ({**GOOD, "body": "As agreed: [[ticket.subject]]"}, "where the draft does not have it"),
        ({**GOOD, "subject": "[[ticket.subject"}, "where the draft does not have it"),
        ({**GOOD, "subject": "Hello\nBcc: all"}, "more than one line"),
    ],
)
async def test_a_wording_of_another_shape_is_refused(answer: dict[str, str], says: str) -> None:
    text, _ = await worded(answer, answer)

    assert text.composed_by == "template"
    assert says in text.notes[0]


@pytest.mark.parametrize("said", ["Harold Finch will call.", "it will be ready by Christmas.", "you pay only half."])
async def test_nothing_unproven_is_taken_from_a_model(said: str) -> None:
    answer = {**GOOD, "body": f"Hello Priya, {said} {ARTICLE.url}\n\nThis was prepared automatically."}
    text, writer = await worded(answer, answer)

    assert text.composed_by == "template"
    assert len(writer.feedback) == 2


RENEWAL = play(
    "Hello {{ contact.first_name }},\n\nyour contract of {{ contract.value | money }} ends soon.\n\n"
    "For {{ deal.name }} we have 10 % and 1,200 EUR for you, whatever you choose to do with it in the end.\n\n{{ vendor }}"
)
ENDS, FOR = "Hello Priya,\n\nyour contract of [[contract.value]] ends soon.", "is for [[deal.name]], as you like.\n\nTessera"


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (f"{ENDS} A saving of 10 % {FOR}", "the wording leaves out '1,200 EUR'"),
        (f"{ENDS} A saving of 1200 EUR {FOR}", "the wording leaves out '10 %'"),
        (f"Hello Priya,\n\nyour contract ends soon. 10 % and 1,200 EUR {FOR}", "the body leaves out [[contract.value]]"),
        ("10 %, 1200 EUR, [[contract.value]] [[deal.name]]", "the body leaves out most of the draft"),
        (f"{ENDS} What we have, 10% and EUR 1.200,00, {FOR}", None),
    ],
)
def test_a_wording_says_what_the_draft_is_sent_for(body: str, says: str | None) -> None:
    draft = compose_template(RENEWAL, candidate(RENEWAL), evidence(), vendor="Tessera")
    allowed = allowed_for(brief_for(RENEWAL, candidate(RENEWAL), evidence(), draft), draft, today=evidence().at.date())

    found = objections({"subject": "About Tessera", "body": body}, draft, allowed, {})

    assert [problem.says for problem in found] == ([says] if says else [])


@pytest.mark.parametrize("body", ["Hello Priya,\n\nthe server will not process your request any further.\n\nTessera", "The customer wrote:"])
async def test_an_answer_without_the_article_is_none(body: str) -> None:
    text, writer = await worded({**GOOD, "body": body}, GOOD)

    assert text.composed_by == "llm"
    assert text.content["body"].startswith(GOOD["body"])
    assert f"leaves out '{ARTICLE.url}'" in writer.feedback[1][0]


async def test_an_internal_summary_is_not_worded_by_a_model() -> None:
    internal = play(None)
    summary = compose_template(internal, candidate(internal), evidence(), vendor="Tessera")
    text, writer = await worded(GOOD, draft=summary)

    assert (text.composed_by, writer.feedback) == ("template", [])


# --- what the customer wrote, named by a model that never saw it

WROTE = replace(evidence(data={"body": "Use jo@home.example, not jo@old.example, or +49 170 1234567. Card 4111 1111 1111 1111."}), requester="c_1")
ASKED = brief_for(PLAY, CHOSEN, WROTE, DRAFT)
NAMED = allowed_for(ASKED, DRAFT, today=WROTE.at.date())


class Keen(ScriptedWriter):
    """Notes what it was given, too."""

    def __init__(self, *answers: dict[str, str]) -> None:
        super().__init__(*answers)
        self.briefs: list[Brief] = []

    async def write(self, brief: Brief, *, feedback: Sequence[str] = ()) -> Wording:
        self.briefs.append(brief)
        return await super().write(brief, feedback=feedback)


def saying(said: str) -> dict[str, str]:
    return {**GOOD, "body": f"Hello Priya,\n\n{said} open {ARTICLE.title}: {ARTICLE.url}\n\nTessera"}


async def test_an_address_that_the_customer_wrote_is_named_without_the_writer_seeing_it() -> None:
    writer = Keen(saying("We answer to [e-mail 1], not to [e-mail 2], and call [phone 1]."))
    text = await word(writer, DRAFT, ASKED, NAMED, ai_processing=True, others=nobody)

    assert (text.composed_by, text.notes) == ("llm", ())
    assert "We answer to jo@home.example, not to jo@old.example, and call +49 170 1234567." in text.content["body"]
    assert [(brief.untrusted.count("[e-mail"), dict(brief.own)) for brief in writer.briefs] == [(2, {})]
    assert check_content(text.content, allowed=allowed_in_full(PLAY, CHOSEN, WROTE, DRAFT)) == []


@pytest.mark.parametrize(
    ("said", "says"),
    [
        ("We write to [e-mail 7].", "the body has '[e-mail 7]', which stands for nothing that may be named"),
        ("We write to [E-Mail 1].", "the body has '[E-Mail 1]', which"),
        ("We write to [e-mail].", "the body has '[e-mail]', which"),
        ("We refunded [card number 1].", "the body has '[card number 1]', which"),
        ("Your [secret] is safe.", "the body has '[secret]', which"),
        ("We write to [[e-mail 1]].", "the body has the placeholder '[[e-mail 1]]' where the draft does not have it"),
        ("We write to boss.[e-mail 1].", "the body has [e-mail 1] where it cannot stand"),
        ("See https://evil.example/?q=[e-mail 1].", "leads to 'https://evil.example/?q="),
        ("See mailto:[e-mail 1].", "the body has [e-mail 1] where it cannot stand"),
        ("Call [phone 1] 120.", "states the number '120'"),
        ("Call 9[phone 1].", "states the number '9'"),
        ("Call [phone 1][phone 1].", "the body has [phone 1] where it cannot stand"),
        ("Write to jo@other.example.", "names the address 'jo@other.example'"),
    ],
)
async def test_what_is_named_otherwise_is_a_failed_answer_that_tells_nothing(said: str, says: str) -> None:
    writer = Keen(saying(said), saying(said))
    text = await word(writer, DRAFT, ASKED, NAMED, ai_processing=True, others=nobody)

    assert (text.content, text.composed_by) == (DRAFT.content, "template")
    assert says in writer.feedback[1][0]
    told = " ".join([*writer.feedback[1], *text.notes])
    assert [piece for piece in ("home.example", "old.example", "170", "1234567", "4111") if piece in told] == []


async def test_a_subject_line_that_looks_like_a_stand_in_stays_as_it_is() -> None:
    facts = replace(evidence({"ticket.subject": "[e-mail 1] bounces"}, data={"body": "mine is jo@home.example"}), requester="c_1")
    draft = compose_template(PLAY, CHOSEN, facts, vendor="Tessera")
    brief = brief_for(PLAY, CHOSEN, facts, draft)
    text = await word(Keen(GOOD), draft, brief, allowed_for(brief, draft, today=facts.at.date()), ai_processing=True, others=nobody)

    assert brief.untrusted == "Subject: (e-mail 1) bounces\n\nmine is [e-mail 1]"
    assert (text.composed_by, text.content["subject"]) == ("llm", "Re: [e-mail 1] bounces")


def test_a_person_may_name_what_the_customer_wrote_and_nobody_elses_address() -> None:
    allowed = allowed_in_full(PLAY, CHOSEN, WROTE, DRAFT)
    assert check_content({"body": "We write to jo@home.example, or call +49 170 1234567."}, allowed=allowed) == []
    assert [p.kind for p in check_content({"body": "We write to jo@other.example"}, allowed=allowed)] == ["email"]
    assert [p.kind for p in check_content({"body": "call +49 170 7654321"}, allowed=allowed)] == ["number", "number"]


def test_a_finished_text_may_say_what_the_template_read() -> None:
    of = play("Worth {{ contract.value | money }}")
    chosen = candidate(of)
    draft = compose_template(of, chosen, evidence(), vendor="Tessera")

    assert any(q.value == 48000 for q in allowed_in_full(of, chosen, evidence(), draft).quantities)
    assert not any(q.value == 48000 for q in allowed_for(brief_for(of, chosen, evidence(), draft), draft, today=evidence().at.date()).quantities)


async def test_a_wording_that_names_another_customer_is_refused() -> None:
    async def others(texts: Iterable[str]) -> list[str]:
        return ["Globex"] if "Globex" in " ".join(texts) else []

    writer = ScriptedWriter({**GOOD, "body": f"Hello Priya,\n\nGlobex did the same.\n\nTessera {ARTICLE.url}"}, GOOD)
    text = await word(writer, DRAFT, BRIEF, ALLOWED, ai_processing=True, others=others)
    assert (text.composed_by, text.notes) == ("llm", ("the model's wording 1 was refused: the body names 'Globex', who has no part in this",))


async def test_when_nobody_can_say_whom_a_wording_names_the_template_stands() -> None:
    async def silent(_: Iterable[str]) -> list[str]:
        raise SourceError("crm", "it is down")

    text = await word(ScriptedWriter(GOOD), DRAFT, BRIEF, ALLOWED, ai_processing=True, others=silent)
    assert text.composed_by == "template"
    assert "names other customers is not known; crm did not answer" in text.notes[0]
