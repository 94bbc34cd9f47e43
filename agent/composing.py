"""Words a chosen candidate from its play's template, and says what a model may know when it is to word it better."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agent.briefing import customers_words, known_values, may_show
from agent.domain.candidates import Candidate
from agent.domain.claims.stand_ins import stand_ins
from agent.domain.content_check import UNTRUSTED
from agent.domain.evidence import Evidence
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.formats import number_text
from agent.domain.plays import Content, Play
from agent.prompts import usual_prompt
from agent.scene import Scene, material_of, scene_of
from agent.templates import ComposeError, Rendering, literal_text
from tools.ports import Brief

__all__ = ["ComposeError", "Composed", "brief_for", "compose_template"]

_SUMMARY = {
    "ticket.subject": "{{ value }}",
    "deal.name": "{{ value }}",
    "group.name": "{{ value }}",
    "ticket.priority": "{{ value }}",
    "ticket.status": "{{ value }}",
    "ticket.product": "{{ value }}",
    "ticket.minutes_to_sla": "{{ value }}",
    "deal.stage": "{{ value }}",
    "deal.days_in_stage": "{{ value }}",
    "deal.amount": "{{ value | money }}",
    "contract.days_to_notice": "{{ value }}",
    "contract.value": "{{ value | money }}",
    "usage.seat_use": "{{ value | share }}",
    "usage.change_30d": "{{ value | share }}",
    "account.health": "{{ value }}",
}
_AUTOMATIC = re.compile(r"automati|automáti", re.IGNORECASE)
_DISCLOSURE = {
    "en": "This message was written automatically for {vendor}.",
    "de": "Diese Nachricht wurde automatisch für {vendor} verfasst.",
    "fr": "Ce message a été rédigé automatiquement pour {vendor}.",
    "es": "Este mensaje se ha redactado automáticamente para {vendor}.",
}


@dataclass(frozen=True, slots=True)
class Composed:
    """A composed text with what it rests on.

    `used` holds every value that the template read, by full name and as the fact has it; None where there was none. Of
    what is mailed it also says in whose name, which the customer sees whatever the text is.
    `literal_text` is the author's own words, and `printed` what expressions gave, without what is held back from
    models. `draft` is the content with placeholders for what is held back, and `held` what they stand for; `quoted`
    lists these texts by the field that shows them. `disclosure` is the paragraph that says the text was written
    automatically; empty when the play asks for none.
    """

    content: dict[str, str]
    used: dict[str, Any]
    language: str
    literal_text: str
    draft: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    quoted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    printed: tuple[str, ...] = ()
    disclosure: str = ""
    vendor: str = ""
    currency: str = ""


def compose_template(play: Play, candidate: Candidate, evidence: Evidence, *, vendor: str, currency: str = "EUR") -> Composed:
    """Word the candidate by its play's template, in the recipient's language if the template has it.

    Internal plays without content get a summary; so does a protective one whose text lacks a value, because it must not
    wait for words. `currency` is the one in which facts hold money. Raises ComposeError, which names what is missing.
    """
    scene = scene_of(play, candidate, evidence, vendor=vendor)
    if play.content is not None:
        try:
            return _with_draft(_from_content(play, play.content, scene, vendor, currency), play, play.content, scene)
        except ComposeError:
            if not play.protective or play.customer_visible:
                raise
            return _summary(play, scene, vendor, currency)
    if play.customer_visible:
        raise ComposeError(f"the play '{play.id}' reaches a customer and has no text: add `content` to it")
    return _summary(play, scene, vendor, currency)


def brief_for(play: Play, candidate: Candidate, evidence: Evidence, draft: Composed) -> Brief:
    """What a model may know to word the draft: values on the purpose's list, material, and customers' words apart."""
    scene = scene_of(play, candidate, evidence, vendor=draft.vendor)
    material = material_of(candidate, evidence)
    shareable = material is not None and (material.visibility != "internal" or not play.customer_visible)
    heard = customers_words(play, candidate, scene, evidence)
    brief = Brief(
        prompt=play.prompt or usual_prompt(candidate.channel),
        play=play.title,
        purpose=play.purpose,
        language=draft.language,
        values={**known_values(play, scene), "vendor": draft.vendor, "channel": candidate.channel},
        draft=dict(draft.draft),
        passage=material.passage if material is not None and shareable else "",
        untrusted=heard.text,
    )
    return replace(brief, own={} if _looks_taken(brief) else heard.values)


def _looks_taken(brief: Brief) -> bool:
    """Where a name or the draft has what looks like a stand-in, a model that keeps it must not be answered with a value."""
    return any(map(stand_ins, [*map(str, brief.values.values()), *brief.draft.values(), brief.passage]))


def _from_content(play: Play, content: Content, scene: Scene, vendor: str, currency: str) -> Composed:
    language = _language(content, scene)
    sources = {"subject": _in_language(content.subject, language), "body": _in_language(content.body, language)}
    used: dict[str, Any] = {}
    text = _rendered(Rendering(language, currency), sources, scene.scope(used))
    line = _disclosure(play, text["body"], language, vendor)
    return Composed(
        content=_disclosed(text, line),
        used=used,
        language=language,
        literal_text="\n".join([*map(literal_text, sources.values()), line]),
        disclosure=line,
        vendor=vendor,
        currency=currency,
    )


def _with_draft(composed: Composed, play: Play, content: Content, scene: Scene) -> Composed:
    """Add what a model may see: the same text with placeholders for everything that is held back from it."""
    language, used = composed.language, composed.used
    sources = {"subject": _in_language(content.subject, language), "body": _in_language(content.body, language)}
    masked = Rendering(language, composed.currency)
    draft = _rendered(masked, sources, scene.scope({}, may_show(play)))
    draft = _without_leaks(draft, masked.held, {name: used[name] for name in used.keys() - may_show(play)}, language)
    return replace(
        composed,
        used={**used, **_in_whose_name(play, scene)},
        draft=_disclosed(draft, _disclosure(play, draft["body"], language, composed.vendor)),
        held=masked.held,
        quoted={part: tuple(text for mark, text in masked.held.items() if mark in shown_in) for part, shown_in in draft.items()},
        printed=tuple(masked.printed),
    )


def _in_whose_name(play: Play, scene: Scene) -> dict[str, Any]:
    return {f"sender.{name}": value for name, value in scene.roots["sender"].items()} if play.mailed else {}


def _rendered(rendering: Rendering, sources: Mapping[str, str], scope: Mapping[str, Any]) -> dict[str, str]:
    """The rendered fields; a subject is one line, and a body has no run of blank lines that a condition left."""
    body = rendering.render(sources["body"], scope).strip()
    subject = " ".join(rendering.render(sources["subject"], scope).split())
    return {"subject": subject, "body": re.sub(r"\n{3,}", "\n\n", body)}


def _language(content: Content | None, scene: Scene) -> str:
    wanted = str(scene.value("contact.language") or scene.value("ticket.language") or "en").lower()[:2]
    return wanted if content is not None and wanted in content.subject and wanted in content.body else "en"


def _in_language(texts: Mapping[str, str], language: str) -> str:
    if language not in texts:
        raise ComposeError(f"the play has no text in '{language}': add the language `en`, which is the one to fall back to")
    return texts[language]


def _disclosure(play: Play, body: str, language: str, vendor: str) -> str:
    """The paragraph that says the text was written automatically, or the usual line when the author wrote none."""
    if not play.disclosure:
        return ""
    own = next((part for part in body.split("\n\n") if _AUTOMATIC.search(part)), None)
    return own or _DISCLOSURE.get(language, _DISCLOSURE["en"]).format(vendor=vendor)


def _disclosed(content: dict[str, str], line: str) -> dict[str, str]:
    missing = line and line not in content["body"]
    return {**content, "body": f"{content['body']}\n\n{line}"} if missing else content


def _without_leaks(draft: dict[str, str], marks: dict[str, str], hidden: Mapping[str, Any], language: str) -> dict[str, str]:
    """Take out held values that a concatenation or a number format carried past their placeholder."""
    for name, value in hidden.items():
        for form in _forms(value, language):
            pattern = re.compile(rf"(?<![\w\[]){re.escape(form)}(?![\w\]])")
            if any(pattern.search(text) for text in draft.values()):
                mark = f"[[{name}.{len(marks) + 1}]]"
                marks[mark] = form
                draft = {part: pattern.sub(mark, text) for part, text in draft.items()}
    return draft


def _forms(value: Any, language: str) -> list[str]:
    if isinstance(value, str):
        return [value] if len(value) >= 3 else []
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) < 10:
        return []
    return list(dict.fromkeys([f"{value:.2f}", number_text(value, language), f"{value:g}"]))


def _summary(play: Play, scene: Scene, vendor: str, currency: str) -> Composed:
    """What a colleague needs to see of an internal play: what to do, for whom, and the facts behind it."""
    used = {name: value for name in ("account.name", *_SUMMARY) if (value := scene.value(name)) is not None}
    account = used.get("account.name")
    lines = {name: Rendering("en", currency).render(how, {"value": used[name]}) for name, how in _SUMMARY.items() if name in used}
    head = f"{play.title}{f' for {account}' if account else ''}. {play.why}"
    return Composed(
        content={
            "subject": f"{play.title}: {account}" if account else play.title,
            "body": "\n".join([head, *(f"- {_label(name)}: {text}" for name, text in lines.items())]),
        },
        used=used,
        language="en",
        literal_text="\n".join([head, *map(_label, lines)]),
        quoted={"body": tuple(text for name, text in lines.items() if name in UNTRUSTED)},
        printed=tuple(text for name, text in lines.items() if name not in UNTRUSTED),
        vendor=vendor,
        currency=currency,
    )


def _label(name: str) -> str:
    root = name.partition(".")[0]
    return f"{root.capitalize()}: {CATALOGUE[name].about.partition(';')[0]}"
