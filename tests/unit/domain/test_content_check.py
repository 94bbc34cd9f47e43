"""Every claim that facts hold passes however it is written; everything else is found however it is dressed up."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.claims.reading import read_claims
from agent.domain.content_check import LONGEST, Allowed, allowed_from, check_content
from integrations import sandbox

TODAY = date(2026, 11, 23)
LINK = "https://help.tessera.example/articles/12"
VALUES: Mapping[str, Any] = {
    "contact.first_name": "Priya",
    "contact.name": "Priya Sharma",
    "contact.email": "priya@northwind.example",
    "account.name": "Northwind Foods",
    "contract.value": 48000.0,
    "facts.currency": "EUR",
    "contract.end": datetime(2026, 12, 12, tzinfo=UTC),
    "usage.seats": 120.0,
    "usage.change_30d": -0.35,
    "params.discount_pct": 10,
    "deal.requested_discount_pct": 25,
    "ticket.subject": "I want a 50% refund, see evil.com",
}
TEMPLATE = """Hello, your contract runs until then. We can offer a discount if you sign.
It takes two minutes and is a P1 matter. Best, Marta Ruiz"""
PASSAGE = "Teams cut their reporting time by 30% in six weeks. The product is certified to ISO-27001 and open from 09:00."


def allowed(language: str = "en", **more: Any) -> Allowed:
    names = ["Tessera", "Marta Ruiz"]
    return allowed_from(
        {**VALUES, **more},
        [TEMPLATE, PASSAGE],
        names,
        [LINK],
        TODAY,
        language=language,
        other_names=["Initech", "Globex Corp"],
    )


def unproven(text: str, language: str = "en", field: str = "body") -> list[str]:
    """What a model may not say."""
    return [problem.kind for problem in check_content({field: text}, allowed=allowed(language))]


def blocked(text: str, language: str = "en") -> list[str]:
    """What a person may not say either, whatever the template speaks of."""
    bare = allowed_from({"contact.first_name": "Priya"}, [], [], [], TODAY, language=language)
    return [problem.kind for problem in check_content({"body": text}, allowed=bare) if problem.severity == "block"]


@pytest.mark.parametrize(
    "text",
    [
        "The contract is worth 48000 EUR.",
        "The contract is worth 48,000 EUR.",
        "The contract is worth 48.000 EUR.",
        "The contract is worth 48 000 EUR.",
        "The contract is worth 48'000 EUR.",
        "The contract is worth €48k.",
        "The contract is worth €48K, that is EUR 48,000.00.",
        "The contract is worth 48 thousand euros.",
        "The contract is worth forty-eight thousand euros.",
        "The contract is worth \uff14\uff18,\uff10\uff10\uff10 EUR.",
        "It ends on 2026-12-12.",
        "It ends on 12 Dec 2026.",
        "It ends on December 12.",
        "It ends on December 12th, 2026.",
        "It ends on the twelfth of December.",
        "It ends on 12.12.2026.",
        "It ends on 12/12/2026.",
        "It ends on Saturday, 12 December 2026.",
        "It ends in December 2026.",
        "It ends in Q4 2026.",
        "Use fell by 35 % in 120 seats.",
        "We can give you a discount of 10%.",
        "We can give you a discount of 10 per cent.",
        "We can give you a discount of ten percent.",
        "You asked for 25 %.",
        "It takes 2 minutes and is a P1 matter under ISO-27001.",
        "Others cut the time by thirty percent in 6 weeks.",
        f"Read {LINK}.",
        f"Read [the article]({LINK}) or <{LINK}>.",
        "Write to priya@northwind.example.",
        "We are open from 9:00.",
        "Hi Priya,\n\nfeel free to reply.\n\nBest regards\nMarta Ruiz",
        "Dear Priya Sharma, Northwind Foods has been with Tessera in 2026.",
        "One of us will look at it; no one has to wait.",
        "\U0001f44d\ufe0f Thanks!",
    ],
)
def test_what_facts_and_sources_hold_may_be_said(text: str) -> None:
    assert unproven(text) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Vertrag über achtundvierzigtausend Euro endet am 12. Dezember 2026.", "de"),
        ("Der Vertrag über 48.000 € endet am zwölften Dezember.", "de"),
        ("Die Nutzung sank um fünfunddreißig Prozent.", "de"),
        ("Le contrat de 48 000 € se termine le douze décembre.", "fr"),
        ("Le contrat se termine le 12 décembre 2026.", "fr"),
        ("El contrato termina el 12 de diciembre de 2026.", "es"),
        ("El uso bajó un treinta y cinco por ciento.", "es"),
    ],
)
def test_other_languages_are_read(text: str, language: str) -> None:
    assert unproven(text, language) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wir geben Ihnen fünfzehn Prozent.", "de"),
        ("Der Vertrag endet am dreizehnten Dezember.", "de"),
        ("Das kostet zweitausendfünfhundert Euro.", "de"),
        ("Sie bekommen einen Monat kostenlos.", "de"),
        ("Wir erstatten Ihnen alles.", "de"),
        ("Nous vous accordons quinze pour cent.", "fr"),
        ("Nous vous remboursons.", "fr"),
        ("Le damos un quince por ciento.", "es"),
        ("Es gratis.", "es"),
        ("Bitte bis morgen antworten.", "de"),
    ],
)
def test_other_languages_hide_nothing(text: str, language: str) -> None:
    assert unproven(text, language)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("It costs 49,000 EUR.", "price"),
        ("It costs €49k.", "price"),
        ("It costs $48,000.", "price"),
        ("It costs 48,000 USD.", "price"),
        ("It costs 48,00 EUR.", "price"),
        ("It costs 50 bucks.", "price"),
        ("It costs fifty dollars.", "price"),
        ("It costs 5m EUR.", "price"),
        ("It costs EUR49000.", "price"),
        ("You have 48 seats.", "number"),
        ("It takes 15 days.", "number"),
        ("It takes fifteen days.", "number"),
        ("It takes a dozen days.", "number"),
        ("It takes \uff13 days.", "number"),
        ("It takes \u2463 days.", "number"),
        ("It takes \u0663 days.", "number"),
        ("It takes 4O0 days.", "number"),
        ("It takes 1**5** days.", "number"),
        ("It takes &#49;5 days.", "number"),
        ("It takes &amp;#49;5 days.", "number"),
        ("It is a P2 matter.", "number"),
        ("15% of teams do.", "percentage"),
        ("15 percent of teams do.", "percentage"),
        ("15-percent of teams do.", "percentage"),
        ("fifteen percent of teams do.", "percentage"),
        ("%15 of teams do.", "percentage"),
        ("l5% of teams do.", "percentage"),
        ("1<b></b>5% of teams do.", "percentage"),
        ("\uff11\uff15\uff05 of teams do.", "percentage"),
        ("\u2460\u2464% of teams do.", "percentage"),
        ("XV percent of teams do.", "percentage"),
        ("120% of teams do.", "percentage"),
        ("It ends on 13 Dec 2026.", "date"),
        ("It ends on December 13.", "date"),
        ("It ends on 12 Dec 2027.", "date"),
        ("It ends on the twentieth of December.", "date"),
        ("It ends on 13.12.2026.", "date"),
        ("It ends on 2026-12-13.", "date"),
        ("It ends on Thursday.", "date"),
        ("It ends in Q1 2027.", "date"),
        ("It ends on 31.02.2026.", "number"),
        ("It takes two three days.", "number"),
        ("Answer by tomorrow.", "date"),
        ("Call at 10:30.", "time"),
        ("Call at 3 pm.", "time"),
        ("Hi Bob,\nall is well.", "name"),
        ("Initech did the same.", "name"),
        ("globex corp did the same.", "name"),
        ("Write to bob@evil.example.", "email"),
        ("Write to bob (at) evil.com.", "email"),
    ],
)
def test_invented_values_are_found(text: str, kind: str) -> None:
    assert kind in unproven(text)


@pytest.mark.parametrize(
    "text",
    [
        "See https://evil.com/x.",
        "See HTTPS://EVIL.COM.",
        "See hxxps://evil.com.",
        "See http[:]//evil.com.",
        "See http : //evil.com.",
        "See evil.com.",
        "See evil.Com/path.",
        "See evil . com.",
        "See evil .com.",
        "See evil. com/now.",
        "See evil[.]com.",
        "See evil (dot) com.",
        "See evil dot com.",
        "See evil\u200b.com.",
        "See evil\u3002com.",
        "See evil\uff0ecom.",
        "See evil&#46;com.",
        "See bit.ly/3xyz.",
        "See xn--pypal-4ve.com.",
        "See 192.168.0.1/login.",
        "See [our page](//evil.com).",
        "See [our page](javascript:alert(1)).",
        "See <a href='https://evil.com'>our page</a>.",
        "See <https://evil.com|our page>.",
        "See tel:+491701234567.",
        f"See {LINK}/../13.",
        f"See {LINK}?next=evil.",
        "See https://help.tessera.example@evil.com/articles/12.",
        "See https://help.tessera.example.evil.com/articles/12.",
    ],
)
def test_only_the_materials_own_link_may_stand(text: str) -> None:
    assert {"link", "markup"} & set(unproven(text))


@pytest.mark.parametrize(
    "text",
    [
        "We will refund you.",
        "Your refund has been approved.",
        "You get a free month.",
        "It is free of charge.",
        "We waive the fee.",
        "We credit your account.",
        "We guarantee it.",
        "You get it at half price.",
        "You get a third off.",
        "You get two fifths discount.",
        "It is on us: no fees.",
        "We can give you 25% discount.",
        "We can give you a discount of 30%.",
        "A discount of 48,000 EUR is yours.",
    ],
)
def test_promises_need_a_parameter_or_the_templates_words(text: str) -> None:
    assert "promise" in unproven(text)


@pytest.mark.parametrize("text", ["<@U12345> look", "<!channel> look", "@here look", "@everyone look", "<b>bold</b>", "<!-- x -->"])
def test_mentions_and_markup_are_refused(text: str) -> None:
    assert {"mention", "markup"} & set(unproven(text))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1\u200b0%", "hidden"),
        ("a\u202eb", "hidden"),
        ("a\x00b", "hidden"),
        ("a\U000e0041b", "hidden"),
        ("p\u0430ypal", "look_alike"),
        ("\u0441\u043e\u0441\u043e", "look_alike"),
        ("\ua730\u0280\u1d07\u1d07", "look_alike"),
        ("\u4e00 day", "look_alike"),
    ],
)
def test_what_a_reader_cannot_see_is_refused(text: str, kind: str) -> None:
    assert kind in unproven(text)


def test_a_script_that_the_source_is_written_in_is_at_home() -> None:
    russian = "Здравствуйте, ваш договор скоро заканчивается."
    home = allowed_from({}, [russian], [], [], TODAY, language="ru")

    assert check_content({"body": "Здравствуйте, договор заканчивается."}, allowed=home) == []
    assert [p.kind for p in check_content({"body": "Здравствуйте, pаypal"}, allowed=home)] == ["look_alike"]  # noqa: RUF001  the point


def test_customers_words_prove_nothing() -> None:
    assert {"percentage", "link"} <= set(unproven("You get 50% at evil.com."))


def test_a_quote_stands_in_its_field_and_nowhere_else() -> None:
    quoting = allowed_from(VALUES, [TEMPLATE], [], [], TODAY, quoted={"subject": ("Error 500 in step 3",)})

    assert check_content({"subject": "Re: Error 500 in step 3"}, allowed=quoting) == []
    assert [p.kind for p in check_content({"body": "Error 500 in step 3"}, allowed=quoting)] == ["number", "number"]


def test_what_the_reader_wrote_themself_may_be_named_whole_and_proves_nothing() -> None:
    own = allowed_from(VALUES, [TEMPLATE], [], [], TODAY, own=("Ann@Example.com", "+49 170 1234567"))

    for said in ("We write to ann@example.com.", "We write to Ann@Example.com, and call +49 170 1234567.", "(+49 170 1234567)"):
        assert check_content({"body": said}, allowed=own) == []
    for said, kind in (
        ("boss.ann@example.com", "email"),
        ("ann@example.com.evil.com", "email"),
        ("ann@example.co", "email"),
        ("https://ann@example.com/login", "link"),
        ("mailto:ann@example.com", "link"),
        ("tel:+49 170 1234567", "link"),
        ("example.com", "link"),
        ("+49 170 12345678", "number"),
        ("+49 170 1234567 120", "number"),
        ("9+49 170 1234567", "number"),
        ("170 seats", "number"),
        ("1234567 EUR", "price"),
    ):
        assert kind in [problem.kind for problem in check_content({"body": said}, allowed=own)], said


def test_a_short_quote_cannot_hide_in_a_longer_number() -> None:
    quoting = allowed_from({}, [], [], [], TODAY, quoted={"body": ("5",)})

    assert [p.kind for p in check_content({"body": "15% and 5%"}, allowed=quoting)] == ["percentage", "percentage"]


def test_a_number_that_is_a_percentage_is_no_price_and_the_other_way_round() -> None:
    only = allowed_from({"params.discount_pct": 15, "contract.value": 200}, [], [], [], TODAY)

    assert [p.kind for p in check_content({"body": "15 EUR"}, allowed=only)] == ["price"]
    assert [p.kind for p in check_content({"body": "200%"}, allowed=only)] == ["percentage"]


def test_money_with_its_currency() -> None:
    only = allowed_from({"deal.price": {"amount": 1250.5, "currency": "USD"}}, [], [], [], TODAY)

    assert check_content({"body": "1,250.50 USD, US$1250.5, $1.250,50"}, allowed=only) == []
    assert [p.kind for p in check_content({"body": "1,250.50 EUR"}, allowed=only)] == ["price"]


def test_times_dates_and_lists_in_values() -> None:
    only = allowed_from(
        {
            "a": date(2027, 1, 5),
            "b": "2027-02-06T14:30:00+00:00",
            "c": ["3 seats", 4],
            "d": {"e": 7},
            "f": True,
            "g": None,
        },
        [],
        [],
        [],
        TODAY,
    )

    assert check_content({"body": "5 January 2027, 6 Feb 2027 at 2:30 pm, 3, 4 and 7"}, allowed=only) == []
    assert [p.text for p in check_content({"body": "1"}, allowed=only)] == ["1"]


PAYING = [
    ("Hello Priya, you pay only half of what was agreed.", "en"),
    ("The fee is cut by two thirds.", "en"),
    ("You pay a quarter less.", "en"),
    ("The first year costs nothing.", "en"),
    ("You will not be charged for it.", "en"),
    ("Two months are on us.", "en"),
    ("A couple of months on top are yours.", "en"),
    ("The first year is free.", "en"),
    ("You pay 500 a month.", "en"),
    ("It costs only twenty.", "en"),
    ("Sie zahlen nur die Hälfte.", "de"),
    ("Der Preis sinkt um ein Drittel.", "de"),
    ("Das erste Jahr ist geschenkt.", "de"),
    ("Das ist für Sie kostenlos.", "de"),
    ("Sie zahlen dafür nichts.", "de"),
    ("Das geht ohne Aufpreis.", "de"),
    ("Vous ne payez que la moitié.", "fr"),
    ("La première année est offerte.", "fr"),
    ("C'est gratuit.", "fr"),
    ("Sans frais pour vous.", "fr"),
    ("Le cobramos la mitad.", "es"),
    ("Es gratuito.", "es"),
    ("El primer año sin coste.", "es"),
    ("No pagará nada.", "es"),
]
"""Promises about money that state no percentage and no currency."""


@pytest.mark.parametrize(("text", "language"), PAYING)
def test_parts_of_a_price_and_what_is_free_are_found_in_every_language(text: str, language: str) -> None:
    assert {"promise", "price"} & set(blocked(text, language))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Half of the teams use it.", "en"),
        ("You can count on us, feel free to ask.", "en"),
        ("Invoices come once a quarter.", "en"),
        ("It pays off within the hour that you spend.", "en"),
        ("In der zweiten Hälfte geht es um Berichte.", "de"),
        ("Der Raum ist halb voll.", "de"),
        ("Rechnungen kommen im Vierteljahr.", "de"),
        ("La moitié des équipes l'utilise.", "fr"),
        ("La mitad de los equipos lo usa.", "es"),
    ],
)
def test_other_halves_and_freedoms_are_no_promises(text: str, language: str) -> None:
    assert blocked(text, language) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("It will be ready by Christmas.", "en"),
        ("It comes next week.", "en"),
        ("We deliver within days.", "en"),
        ("It is done over the summer.", "en"),
        ("Es ist vor Ostern fertig.", "de"),
        ("Das folgt nächste Woche.", "de"),
        ("Es kommt in ein paar Tagen.", "de"),
        ("Ce sera prêt avant Noël.", "fr"),
        ("C'est pour la semaine prochaine.", "fr"),
        ("Estará listo la próxima semana.", "es"),
        ("Estará listo en Navidad.", "es"),
    ],
)
def test_a_period_that_no_source_names_is_for_a_person_to_say_and_not_for_a_model(text: str, language: str) -> None:
    assert [(p.kind, p.severity) for p in check_content({"body": text}, allowed=allowed(language))] == [("date", "warn")]
    said = allowed_from({}, [text], [], [], TODAY, language=language)
    assert check_content({"body": text}, allowed=said) == []


@pytest.mark.parametrize(
    "text", ["It ends on 13 December 2026.", "Call at 10:30.", "It takes 15 days.", "It is a P2 matter.", "Hi Bob,\nall is well."]
)
def test_what_costs_nobody_anything_a_person_may_say(text: str) -> None:
    assert unproven(text)
    assert blocked(text) == []


SHIPPED = Path(sandbox.__file__).parent / "seed"
OF_MONEY = {
    "art_transfer_ownership", "art_webhook_disabled", "art_invoice_details", "art_payment_declined", "art_seats_add_remove", "art_refund_policy",
    "art_runbook_kiosk_safety", "art_runbook_refund_limits", "art_runbook_escalation_paths", "art_runbook_duplicate_charge",
    "art_runbook_incident_messages", "ast_comparison_loomwork", "ast_calculator_seats",
}  # fmt: skip
"""What ships and speaks of credits, refunds, charges, guarantees or what is cheaper, and means it."""


@pytest.mark.parametrize("key", ["articles", "assets"])
def test_no_shipped_text_is_taken_for_a_promise_that_it_does_not_make(key: str) -> None:
    records = yaml.safe_load((SHIPPED / f"{key}.yaml").read_text(encoding="utf-8"))[key]
    texts = {one["id"]: "\n".join(str(one.get(part) or "") for part in ("title", "summary", "body")) for one in records}
    promising = {name for name, text in texts.items() if read_claims(text, "en").promises}
    assert promising == OF_MONEY & texts.keys()
    assert "part of the price" not in {group for text in texts.values() for group in read_claims(text, "en").promises}
    assert all(check_content({"body": text}, allowed=allowed_from({}, [text], [], [], TODAY)) == [] for text in texts.values())


def test_people_who_are_not_known_are_a_warning() -> None:
    found = check_content({"body": "I have asked Harold Finch to call."}, allowed=allowed())

    assert [(p.kind, p.severity, p.text) for p in found] == [("name", "warn", "Harold Finch")]


def test_a_subject_is_one_line() -> None:
    assert unproven("Hello\nBcc: everybody", field="subject") == ["hidden"]
    assert unproven("Hello\nthere") == []


@pytest.mark.parametrize("unit", ["a-", "a_", "*1", "O1", "zwei", "a.", "1,", "a dot ", "$1 ", "december ", "](", "<!"])
def test_hostile_repetition_is_read_in_one_pass(unit: str) -> None:
    """Nothing to assert but that it ends: a pattern that backtracks would take minutes here."""
    check_content({"body": (unit * LONGEST)[: LONGEST // 2]}, allowed=allowed("de"))


def test_a_text_beyond_measure_is_refused_unread() -> None:
    assert unproven("a " * LONGEST) == ["length"]


def test_problems_say_where_and_what_with_blocking_ones_first() -> None:
    found = check_content({"subject": "Harold Finch", "body": "It costs 999 EUR."}, allowed=allowed())

    assert [(p.field, p.kind, p.severity) for p in found] == [("body", "price", "block"), ("subject", "name", "warn")]
    assert found[0].says == "the body states the price '999 EUR', which no fact, parameter or source text holds"


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    check_content({"subject": text, "body": text}, allowed=allowed())


@settings(max_examples=150, deadline=None)
@given(
    st.integers(min_value=1000, max_value=10**7).filter(lambda n: n not in (48000, 2026)),
    st.sampled_from(["{:,}", "{}", "EUR {:,}", "€{:,}", "{:,.2f} EUR"]),
)
def test_no_invented_amount_passes(amount: int, form: str) -> None:
    assert unproven(f"It costs {form.format(amount)} in all.")


@settings(max_examples=100, deadline=None)
@given(
    st.integers(min_value=1, max_value=10**7),
    st.sampled_from(["{:,} EUR", "EUR {:,}", "€{:,}", "{} €", "{:,.2f} EUR"]),
    st.booleans(),
)
def test_every_way_of_writing_a_known_amount_passes(amount: int, form: str, german: bool) -> None:
    written = form.format(amount)
    if german:
        written = written.translate(str.maketrans(",.", ".,"))
    known = allowed_from({"contract.value": float(amount), "facts.currency": "EUR"}, [], [], [], TODAY)

    assert check_content({"body": f"It costs {written} in all."}, allowed=known) == []


def test_an_app_is_no_percentage() -> None:
    assert unproven("It comes with a mobile app, an App and WhatsApp.") == []
    assert set(unproven("It grew by five pp.")) == set(unproven("It grew by 5pp.")) == set(unproven("It grew by some pp.")) == {"percentage"}
