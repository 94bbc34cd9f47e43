"""Who may be sent an article: what its labels and its segments say together, and nobody where that cannot be said in plans and regions."""

from itertools import product
from typing import Any

import pytest

from integrations.vendors.zendesk import guide
from integrations.vendors.zendesk.answers import Article, Organization, Segment
from integrations.vendors.zendesk.audience import EVERYBODY, Audience, audience_of, customer, limits_of
from integrations.vendors.zendesk.fields import Fields

AT = "2026-11-23T09:00:00Z"
FIELDS = Fields(plans={"ent_customer": "enterprise"}, regions={"dach": "de"}, public_segments=frozenset({3}))
SIGNED_IN = "signed_in_users"


def article(labels: tuple[str, ...] = (), *segments: int) -> Article:
    return Article.model_validate({"id": 1, "updated_at": AT, "translations": [], "label_names": labels, "user_segment_ids": segments})


def segment(own: int = 4, user_type: str = SIGNED_IN, **said: Any) -> Segment:
    return Segment.model_validate({"id": own, "user_type": user_type, **said})


def of(plans: str = "", regions: str = "") -> Audience:
    return Audience(frozenset(plans.split()), frozenset(regions.split()))


@pytest.mark.parametrize(
    ("labels", "audience"),
    [
        ((), EVERYBODY),
        (("sso", "planning", "regional"), EVERYBODY),
        (("plan:Enterprise", "sso"), of("enterprise")),
        (("PLAN: pro", "plan:enterprise", "region:DE"), of("pro enterprise", "de")),
        (("ent_customer", "dach"), of("enterprise", "de")),
        (("plan:",), None),
        (("plan:pro", "region: "), None),
    ],
)
def test_labels_name_plans_and_regions(labels: tuple[str, ...], audience: Audience | None) -> None:
    assert audience_of(article(labels), {}, FIELDS) == audience


@pytest.mark.parametrize(
    ("said", "audience"),
    [
        ({}, EVERYBODY),
        ({"tags": ["plan:enterprise"]}, of("enterprise")),
        ({"tags": ["ent_customer", "region:de"]}, of("enterprise", "de")),
        ({"or_tags": ["plan:pro", "plan:enterprise"]}, of("pro enterprise")),
        ({"tags": ["plan:pro"], "or_tags": ["region:de", "region:at"]}, of("pro", "de at")),
        ({"tags": ["region:de"], "or_tags": ["region:de", "region:at"]}, of("", "de")),
        ({"tags": ["plan:pro"], "added_user_ids": [7]}, of("pro")),
        ({"tags": ["vip"]}, None),
        ({"tags": ["plan:pro", "vip"]}, None),
        ({"or_tags": ["plan:pro", "vip"]}, None),
        ({"or_tags": ["plan:pro", "region:de"]}, None),  # either would do, and no record can say so
        ({"tags": ["plan:pro", "plan:enterprise"]}, None),  # nobody has both
        ({"tags": ["plan:"]}, None),
        ({"organization_ids": [8]}, None),
        ({"tags": ["plan:pro"], "organization_ids": [8]}, None),
        ({"group_ids": [9]}, None),
        ({"added_user_ids": [7]}, None),
        ({"user_type": "staff"}, None),
        ({"user_type": "staff", "tags": ["plan:pro"]}, None),
        ({"user_type": "partners"}, None),
    ],
)
def test_a_segment_is_plans_and_regions_or_nobody(said: dict[str, Any], audience: Audience | None) -> None:
    assert audience_of(article((), 4), {4: segment(**said)}, FIELDS) == audience


PRO, ENTERPRISE, GERMAN, STAFF = segment(4, tags=["plan:pro"]), segment(5, tags=["ent_customer"]), segment(6, tags=["dach"]), segment(7, "staff")
SEGMENTS = {int(one.id): one for one in (PRO, ENTERPRISE, GERMAN, STAFF, segment(8))}


@pytest.mark.parametrize(
    ("labels", "segments", "audience"),
    [
        ((), (4, 5), of("pro enterprise")),
        ((), (4, 7), of("pro")),  # staff read everything anyway
        ((), (7,), None),
        ((), (4, 8), EVERYBODY),
        ((), (4, 3), EVERYBODY),
        ((), (3,), EVERYBODY),
        ((), (99,), None),  # not to be seen
        ((), (4, 99), of("pro")),
        ((), (4, 6), None),  # pro customers anywhere, and Germans of every plan
        (("plan:pro",), (5,), None),
        (("plan:pro", "plan:enterprise"), (5,), of("enterprise")),
        (("region:de",), (5,), of("enterprise", "de")),
        (("plan:pro",), (7,), None),
    ],
)
def test_labels_and_segments_hold_together(labels: tuple[str, ...], segments: tuple[int, ...], audience: Audience | None) -> None:
    assert audience_of(article(labels, *segments), SEGMENTS, FIELDS) == audience


def test_nobody_is_offered_what_their_segment_does_not_let_them_read() -> None:
    """Every combination of tags against every customer: who is let in here has the tags that Zendesk asks for."""
    tags = ("plan:a", "plan:b", "region:x", "region:y", "vip")
    lists = [[], *([one] for one in tags), ["plan:a", "plan:b"], ["region:x", "region:y"], ["plan:a", "region:x"], ["plan:a", "vip"]]
    for all_of, one_of, (plan, region) in product(lists, lists, product(("a", "b"), ("x", "y"))):
        audience = audience_of(article((), 4), {4: segment(tags=all_of, or_tags=one_of)}, FIELDS)
        has = {f"plan:{plan}", f"region:{region}"}
        lets_in = audience is not None and plan in (audience.plans or {plan}) and region in (audience.regions or {region})
        assert not lets_in or (set(all_of) <= has and (not one_of or has & set(one_of)))


def test_an_internal_article_keeps_what_its_labels_say_and_labels_of_limits_are_no_topics() -> None:
    said = Article.model_validate({
        "id": 1, "updated_at": AT, "user_segment_id": 7, "label_names": ["SSO", "plan:pro"],
        "translations": [{"locale": "en", "title": "a", "body": "b", "updated_at": AT}],
    })  # fmt: skip
    (told,) = guide.articles(said, SEGMENTS, FIELDS)
    assert [told.fields.get(name) for name in ("visibility", "plans", "regions", "topics")] == ["internal", ["pro"], None, ["sso"]]
    assert limits_of(said, FIELDS) == of("pro")


@pytest.mark.parametrize(
    ("said", "plan", "region"),
    [
        ({}, None, None),
        ({"tags": ["vip", "plan:Pro", "dach"]}, "pro", "de"),
        ({"tags": ["plan:pro", "plan:enterprise"]}, None, None),
        ({"tags": ["plan:pro", "plan:Pro", "region:"]}, "pro", None),
        ({"organization_fields": {"tier": "ent_customer", "land": "AT"}, "tags": ["plan:pro"]}, "pro", None),
    ],
)
def test_whose_plan_and_region_a_tag_of_the_organisation_names(said: dict[str, Any], plan: str | None, region: str | None) -> None:
    assert customer(Organization.model_validate({"id": 1, "updated_at": AT, **said}), FIELDS) == (plan, region)


@pytest.mark.parametrize(
    ("said", "plan", "region"),
    [
        ({"tier": "ent_customer", "land": "AT"}, "enterprise", "at"),
        ({"tier": None, "land": ""}, None, None),
        ({"tier": True}, None, None),
    ],
)
def test_a_field_that_is_set_up_says_it_alone(said: dict[str, Any], plan: str | None, region: str | None) -> None:
    fields = FIELDS.model_copy(update={"organization_plan": "tier", "organization_region": "land"})
    organization = Organization.model_validate({"id": 1, "updated_at": AT, "organization_fields": said, "tags": ["plan:pro", "region:fr"]})
    assert customer(organization, fields) == (plan, region)
    assert customer(None, fields) == (None, None)
