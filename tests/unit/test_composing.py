"""Templates say what facts hold, in the recipient's language, and remember what they said."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.composing import Composed, ComposeError, brief_for, compose_template
from agent.domain.content_check import check_content
from agent.domain.evidence import Evidence
from agent.domain.facts import Status
from agent.domain.plays import Play
from agent.playbook.loader import DEFAULT, load
from agent.writing import allowed_in_full
from tests.unit.letters import ARTICLE, ASSET, FACTS, MARTA, OTTO, PRIYA, candidate, evidence, fact, play


def composed(of: Play, facts: Evidence | None = None, recipient: str | None = "c_1", **choice: Any) -> Composed:
    return compose_template(of, candidate(of, recipient, **choice), facts or evidence(), vendor="Tessera")


def body(template: str, facts: Evidence | None = None, **choice: Any) -> str:
    return composed(play(template), facts, **choice).content["body"]


def test_a_template_is_filled_from_facts_and_notes_what_it_read() -> None:
    text = composed(play("Hello {{ contact.first_name }}, {{ account.name }} has {{ contract.seats }} seats."))

    assert text.content == {"subject": "About Tessera", "body": "Hello Priya, Northwind Foods has 120 seats."}
    assert text.used == {"contact.first_name": "Priya", "account.name": "Northwind Foods", "contract.seats": 120.0}


def test_what_a_condition_read_was_used_too() -> None:
    text = composed(play("{% if ticket.incident %}Incident {{ ticket.incident }}{% else %}No incident{% endif %}"))

    assert text.content["body"] == "No incident"
    assert text.used == {"ticket.incident": None}


def test_used_values_are_as_the_facts_have_them() -> None:
    text = composed(play("{{ ticket.subject }} {{ contract.end | day }} {{ contract.value | money }}"))

    assert text.used == {name: FACTS[name] for name in ("ticket.subject", "contract.end", "contract.value")}


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "48,000 EUR, 12 December 2026, 80%, 15%, 1,234.50"),
        ("de", "48.000 EUR, 12. Dezember 2026, 80 %, 15 %, 1.234,50"),
        ("fr", "48\u00a0000 EUR, 12 décembre 2026, 80 %, 15 %, 1\u00a0234,50"),
        ("es", "48.000 EUR, 12 de diciembre de 2026, 80 %, 15 %, 1.234,50"),
    ],
)
def test_money_days_and_percentages_follow_the_language(language: str, says: str) -> None:
    values = "contract.value | money", "contract.end | day", "usage.seat_use | share", "15 | percent", "account.arr"
    template = ", ".join(f"{{{{ {value} }}}}" for value in values)
    of = play(dict.fromkeys(("en", "de", "fr", "es"), template))
    facts = evidence({"account.arr": 1234.5}, extra=(fact("contact.language", language, of="c_1"),))

    assert composed(of, facts).content["body"] == says


def test_money_may_name_its_currency_and_days_may_come_as_text() -> None:
    assert body('{{ contract.value | money("USD") }} {{ "2026-01-05" | day }}') == "48,000 USD 5 January 2026"


def test_the_recipients_language_is_used_if_the_template_has_it() -> None:
    both = play({"en": "Hello", "de": "Guten Tag"})

    assert composed(both, recipient="c_2").language == "de"
    assert composed(both, recipient="c_2").content["body"] == "Guten Tag"
    assert composed(play("Hello"), recipient="c_2").language == "en"


def test_without_a_recipient_the_tickets_language_counts() -> None:
    assert composed(play({"en": "Hello", "de": "Guten Tag"}), evidence({"ticket.language": "de"}), recipient=None).language == "de"


def test_a_missing_value_is_named() -> None:
    with pytest.raises(ComposeError, match=r"needs 'ticket\.incident'") as raised:
        body("Incident {{ ticket.incident }}")

    assert raised.value.missing == "ticket.incident"


@pytest.mark.parametrize(
    "template",
    ["{{ contract.plan | money }}", "{{ contract.plan | day }}", "{{ contract.plan | upper }}", "{{ asset.title }}"],
)
def test_a_missing_value_is_no_better_behind_a_filter(template: str) -> None:
    with pytest.raises(ComposeError, match="is not known now"):
        body(template)


def test_a_missing_value_may_have_a_substitute() -> None:
    assert body('{{ contact.first_name or contact.name }} {{ ticket.product | default("Tessera") }}') == "Priya Tessera"
    assert body('{% if ticket.product == "reports" %}a{% elif ticket.product != "x" %}b{% endif %}') == "b"


@pytest.mark.parametrize("status", [Status.STALE, Status.MISSING])
def test_only_fresh_facts_count_even_where_the_record_has_a_copy(status: Status) -> None:
    with pytest.raises(ComposeError) as raised:
        body("{{ contact.first_name }}", evidence(extra=(fact("contact.first_name", "Priya", status=status, of="c_1"),)))

    assert raised.value.missing == "contact.first_name"


def test_facts_about_other_contacts_are_not_mixed_in() -> None:
    assert body("{{ contact.first_name }}", evidence(extra=(fact("contact.first_name", "Otto", of="c_2"),))) == "Priya"


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{{ contact.frist_name }}", "names 'contact.frist_name', which does not exist"),
        ("{{ params.discount }}", r"names 'params\.discount', which does not exist"),
        ("{{ nobody.name }}", "needs 'nobody'"),
        ("{{ contact }}", "cannot be printed whole"),
        ("{{ contact._values }}", "cannot be rendered|needs"),
        ("{{ ''.__class__.__mro__ }}", "cannot be rendered"),
        ("{{ 1 / 0 }}", "cannot be rendered"),
        ("{% if %}", "cannot be rendered"),
    ],
)
def test_a_template_that_cannot_be_right_is_refused(template: str, says: str) -> None:
    with pytest.raises(ComposeError, match=says):
        body(template)


def test_values_are_never_read_as_templates() -> None:
    assert body("{{ account.name }}", evidence({"account.name": "{{ vendor }} {% if %}"})) == "{{ vendor }} {% if %}"


def test_a_customers_subject_line_is_tidied_and_loses_its_links() -> None:
    assert composed(play("Hello", subject="Re: {{ ticket.subject }}")).content["subject"] == "Re: Cannot export my report, see"


def test_a_subject_line_that_is_nothing_but_a_link_leaves_a_mark() -> None:
    assert (
        composed(play("Hello", subject="Re: {{ ticket.subject }}"), evidence({"ticket.subject": "https://evil.example"})).content["subject"]
        == "Re: …"
    )


@pytest.mark.parametrize("name", ["Win at evil.com", "a@evil.example", "https://evil.example", "<!channel>"])
def test_a_name_that_is_a_link_is_no_name(name: str) -> None:
    with pytest.raises(ComposeError):
        body("{{ contact.first_name }}", evidence(extra=(fact("contact.first_name", name, of="c_1"),)))


def test_hidden_characters_do_not_reach_the_letter() -> None:
    assert body("{{ account.name }}", evidence({"account.name": "North\u200bwind\u202e\x00 Foods"})) == "Northwind Foods"


@pytest.mark.parametrize(
    ("facts", "people", "name"),
    [
        ({}, (MARTA,), "Marta Ruiz"),
        ({"deal.owner": "u_2"}, (MARTA, type(MARTA)("u_2", "li@tessera.example", "Li Wei", ())), "Li Wei"),
        (
            {"ticket.assignee": "u_2"},
            (MARTA, type(MARTA)("u_2", "li@tessera.example", "Li Wei", (), active=False)),
            "Marta Ruiz",
        ),
        (
            {},
            (type(MARTA)("u_1", "m@tessera.example", "Marta Ruiz", (), away_until=datetime(2026, 12, 1, tzinfo=UTC)),),
            "Tessera Team",
        ),
        ({"owner.id": None}, (MARTA,), "Tessera Team"),
    ],
)
def test_who_signs_is_here(facts: dict[str, Any], people: tuple[Any, ...], name: str) -> None:
    assert body("{{ sender.name }}", evidence(facts, people=people)) == name


def test_material_group_params_and_the_moment_are_at_hand() -> None:
    of = play(
        "{{ article.title }} {{ article.url }} {{ group.name }} {{ params.discount_pct | percent }} {{ at | day }}",
        params={"discount_pct": {"type": "number", "default": 5}},
    )

    text = composed(of, material="a_1", target="g_1", params={"discount_pct": 10})

    assert text.content["body"] == f"Export a report {ARTICLE.url} Engineering 10% 23 November 2026"
    assert text.used["params.discount_pct"] == 10


def test_literal_text_is_the_authors_words_alone() -> None:
    of = play("Dear {{ contact.name }},{% if ticket.product %} about {{ ticket.product or 'it' }}{% endif %} soon.")

    assert set(composed(of).literal_text.split()) == {"About", "Dear", ",", "about", "soon.", "it"}


def test_an_internal_play_without_a_template_gets_a_summary() -> None:
    text = composed(play(None), target="g_1")

    assert text.content["subject"] == "Answer the question: Northwind Foods"
    assert text.content["body"].splitlines()[0] == "Answer the question for Northwind Foods. Customers wait for it."
    assert "- Ticket: its subject line: Cannot export my report, see" in text.content["body"]
    assert "48,000 EUR" in text.content["body"]
    assert "80%" in text.content["body"]
    assert text.used["group.name"] == "Engineering"


def test_a_play_that_reaches_a_customer_needs_a_template() -> None:
    silent = play(None, steps=[{"do": "send_content"}], reach="customer")

    with pytest.raises(ComposeError, match="has no text"):
        composed(silent)


# --- disclosure


def test_a_disclosure_is_added_where_the_author_wrote_none() -> None:
    text = composed(play("Hello", disclosure=True))

    assert text.content["body"] == "Hello\n\nThis message was written automatically for Tessera."
    assert text.draft["body"] == text.content["body"]


def test_the_authors_own_disclosure_is_kept() -> None:
    text = composed(play("Hello\n\nThis was prepared automatically.\n\nTessera", disclosure=True))

    assert text.disclosure == "This was prepared automatically."
    assert text.content["body"].count("automatically") == 1


# --- what a model may know


def test_a_brief_holds_listed_values_and_nothing_else() -> None:
    of = play("Hello {{ contact.first_name }}", purpose="marketing", channels=["email"])
    chosen = candidate(of, material="s_1")

    brief = brief_for(
        of,
        chosen,
        evidence(data={"body": "Some customer text"}),
        compose_template(of, chosen, evidence(), vendor="Tessera"),
    )

    assert brief.values == {
        "account.name": "Northwind Foods",
        "asset.kind": "case_study",
        "asset.title": ASSET.title,
        "asset.topics": ("reporting",),
        "asset.url": ASSET.url,
        "channel": "email",
        "contact.first_name": "Priya",
        "contact.language": "en",
        "contact.name": "Priya Sharma",
        "contact.role": "champion",
        "sender.name": "Marta Ruiz",
        "vendor": "Tessera",
    }
    assert brief.passage == ASSET.passage
    assert brief.untrusted == ""
    told = repr(brief)
    assert all(secret not in told for secret in ("strategic", "48000", OTTO.name, PRIYA.email, MARTA.email, "Some customer text"))


def test_values_off_the_list_are_held_back_from_the_draft() -> None:
    of = play(
        "{{ contract.value | money }} of {{ account.tier | upper }}, {{ deal.name }} {{ account.name }}",
        subject="Re: {{ ticket.subject }}",
    )

    text = composed(of)

    assert text.draft == {
        "subject": "Re: [[ticket.subject]]",
        "body": "[[contract.value]] of [[account.tier]], [[deal.name]] Northwind Foods",
    }
    assert text.held == {
        "[[ticket.subject]]": "Cannot export my report, see",
        "[[contract.value]]": "48,000 EUR",
        "[[account.tier]]": "STRATEGIC",
        "[[deal.name]]": "Northwind renewal",
    }
    assert text.quoted["subject"] == ("Cannot export my report, see",)


@pytest.mark.parametrize(
    ("template", "secret"),
    [
        ('{{ "%.2f" % contract.value }}', "48000.00"),
        ("{{ contract.value * 2 }}", "96,000"),
        ("{{ 2 * contract.value - 1 }}", "95,999"),
        ('{{ account.tier ~ "!" }}', "strategic"),
        ("{{ account.tier[:5] }}", "strat"),
        ('{{ account.tier | replace("a", "e") }}', "stretegic"),
        ("{% set tier = account.tier %}{{ tier }}", "strategic"),
        ("{{ contract.value | money }} {{ contract.value }}", "48,000"),
    ],
)
def test_no_expression_carries_a_held_value_into_the_draft(template: str, secret: str) -> None:
    text = composed(play(template))

    assert secret in text.content["body"]
    assert secret not in text.draft["body"]
    filled = text.draft["body"]
    for mark, value in text.held.items():
        filled = filled.replace(mark, value)
    assert filled == text.content["body"]


def test_customers_words_go_apart_and_without_private_data() -> None:
    of = play()
    said = "My password: hunter2 Call +49 170 1234567 or me@private.example. Key sk-abcdefghijklmnop1234. Error 42."
    brief = brief_for(of, candidate(of), evidence(data={"body": said, "stage": "x"}), composed(of))

    told = "My password: [secret 1] Call [phone 1] or [e-mail 1]. Key [secret 2]. Error 42."
    assert brief.untrusted == f"Subject: Cannot export my report, see\n\n{told}"
    assert "export" not in repr(brief.values) + repr(brief.draft)


SAID = "Write to me@private.example or call +49 170 1234567, card 4111 1111 1111 1111"


def told_back(facts: Evidence, of: Play | None = None, recipient: str | None = "c_1") -> dict[str, str]:
    """What a model may name of SAID, in the words of its brief."""
    of = of or play()
    chosen = candidate(of, recipient)
    brief = brief_for(of, chosen, facts, compose_template(of, chosen, facts, vendor="Tessera"))
    assert "private" not in repr(brief)
    assert brief.untrusted == "" or "Write to [e-mail 1] or call [phone 1], card [card number 1]" in brief.untrusted
    return dict(brief.own)


def by(actor: str | None, type_: str = "ticket.created", requester: str | None = "c_1", **facts: Any) -> Evidence:
    """The sample evidence, with SAID as the words of this actor."""
    found = evidence(facts, data={"body": SAID}, requester=requester)
    return replace(found, event=replace(found.event, actor=actor, type=type_))


def test_the_customer_who_wrote_an_address_may_be_told_it_and_no_secret() -> None:
    assert told_back(by(None)) == told_back(by("c_1")) == {"[e-mail 1]": "me@private.example", "[phone 1]": "+49 170 1234567"}


@pytest.mark.parametrize(
    ("facts", "of", "recipient"),
    [
        (by(None), play(), "c_2"),  # somebody else there
        (by(None), play("Hello"), None),
        (by(None, requester=None), play(), "c_1"),  # nobody knows who asked
        (by("u_1"), play(), "c_1"),  # a colleague's words
        (by("c_2"), play(), "c_1"),
        (by(None, "request.reply"), play(), "c_1"),
        (by(None), play(purpose="marketing"), "c_1"),
        (by(None), play("See [e-mail 1]"), "c_1"),  # the draft has what looks like one
        (by(None, **{"account.name": "[phone 1] Ltd"}), play(), "c_1"),
    ],
)
def test_nobody_else_is_told_it(facts: Evidence, of: Play, recipient: str | None) -> None:
    assert told_back(facts, of, recipient) == {}


def test_a_long_text_is_cut_between_values() -> None:
    of, card = play(), "4111 1111 1111 1111"
    for before in range(5950, 6000):
        brief = brief_for(
            of, candidate(of), evidence({"ticket.subject": None}, data={"body": f"{'x ' * (before // 2)}{card} {'y ' * 500}"}), composed(of)
        )
        assert "4111" not in brief.untrusted
        assert 5900 < len(brief.untrusted) <= 6000


def test_internal_material_is_not_given_for_a_customers_text() -> None:
    facts = replace(evidence(), materials=(replace(ARTICLE, visibility="internal"),))
    of = play()

    assert brief_for(of, candidate(of, material="a_1"), facts, composed(of)).passage == ""


def test_a_text_parameter_is_as_open_as_the_fact_it_comes_from() -> None:
    params = {
        "tier": {"type": "text", "default": "", "from": "account.tier"},
        "tone": {"type": "text", "default": "plain"},
    }
    of = play("{{ params.tier }} {{ params.tone }}", params=params)
    chosen = candidate(of, params={"tier": "strategic", "tone": "plain"})
    text = compose_template(of, chosen, evidence(), vendor="Tessera")

    assert text.draft["body"] == "[[params.tier]] plain"
    assert brief_for(of, chosen, evidence(), text).values.keys() >= {"params.tone"}
    assert "params.tier" not in brief_for(of, chosen, evidence(), text).values


# --- the playbook that ships

_SHIPPED = [one for one in load(DEFAULT).plays.values() if one.content is not None]
_RICH = {
    "ticket.incident": "INC-204",
    "ticket.product": "reports",
    "ticket.status": "open",
    "contract.notice_deadline": datetime(2026, 12, 1, tzinfo=UTC),
    "deal.objection": "vendor_lock_in",
    "deal.interest": "reporting",
}


@pytest.mark.parametrize("of", _SHIPPED, ids=lambda one: one.id)
@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_every_shipped_template_renders_and_proves_itself(of: Play, language: str) -> None:
    material = "a_1" if of.material and of.material.source == "articles" else "s_1"
    params = {name: spec.default if spec.type != "number" else 12.0 for name, spec in of.params.items()}
    chosen = candidate(of, material=material if of.material else None, target="g_1", params=params)
    facts = evidence(_RICH, extra=(fact("contact.language", language, of="c_1"),))

    text = compose_template(of, chosen, facts, vendor="Tessera")

    assert text.content["subject"]
    assert "None" not in text.content["body"]
    assert check_content(text.content, allowed=allowed_in_full(of, chosen, facts, text)) == []
    assert text.disclosure in text.content["body"]
