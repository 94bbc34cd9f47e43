"""What an operator says of their own Zendesk: which custom field means what, and what groups are for."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Status = Literal["new", "open", "pending", "solved", "closed"]
TicketType = Literal["question", "problem", "incident", "bug", "refund", "request"]
Area = Literal["support", "engineering", "billing", "security", "success"]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Desk(_Said):
    """What a group is for."""

    area: Area | None = None
    """support, engineering, billing, security or success."""
    tier: Annotated[int, Field(ge=1, le=3)] | None = None
    """1 to 3."""
    products: tuple[str, ...] = ()
    """The products that it knows."""
    schedule: int | None = None
    """The schedule in which it works."""
    lead: str | None = None
    """The e-mail address of who leads it."""
    on_call: str | None = None
    """The e-mail address of who is called outside its hours."""
    reachable: bool | None = None
    """`false` while nobody there can be reached, whatever the hour."""


class Fields(_Said):
    """The whole of it; everything may be left out. Fields are named by their id, as Admin Center shows it."""

    product: int | None = None
    """The custom ticket field with the product."""
    refund: int | None = None
    """The custom ticket field with the amount that is asked back."""
    refund_currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """The currency of those amounts. It must be said where `refund` is."""
    incident: int | None = None
    """The custom ticket field with the incident that a ticket is part of."""
    language: int | None = None
    """The custom ticket field with the language; without one it is the requester's."""
    products: dict[str, str] = {}
    """Our product by the value of the field; a value that is not here is the product's name itself."""
    types: dict[str, TicketType] = {}
    """Our type by a tag of the ticket's, for what Zendesk's own four types do not say."""
    statuses: dict[int, Status] = {}
    """Our status by the id of a custom status; others are what their category is, and on hold is pending."""
    groups: dict[int, Desk] = {}
    """What each group is for, by its id; see below."""
    our_user: int | None = None
    """The user in whose name we write, where nobody else works as it: then everything that it writes is known as ours."""
    agent_roles: tuple[str, ...] = ("support_agent",)
    """The roles of agents whom nobody else knows."""
    no_domains: frozenset[str] = frozenset()
    """Domains that never say which account somebody belongs to, besides those of free mail: resellers, parents of many."""
    public_segments: frozenset[int] = frozenset()
    """User segments whose articles customers may be sent, whatever the segment asks of its readers."""
    plan_prefix: Annotated[str, Field(min_length=1)] = "plan:"
    """How a plan is named: by labels of articles, and by tags of user segments and organisations, that begin so."""
    region_prefix: Annotated[str, Field(min_length=1)] = "region:"
    """How a region is named, likewise."""
    plans: dict[str, str] = {}
    """Our plan by a label or tag that does not begin so, or by the value of `organization_plan`."""
    regions: dict[str, str] = {}
    """Our region likewise."""
    organization_plan: str | None = None
    """The key of the organisation field with the customer's plan; without one their organisation's tags say it."""
    organization_region: str | None = None
    """The key of the organisation field with the customer's region; without one their organisation's tags say it."""
    sections: dict[int, str] = {}
    """Our product by the id of a help centre's section."""
    newest_comments: Annotated[int, Field(ge=1, le=5000)] = 300
    """So many of a ticket's comments are read."""
    history_days: Annotated[int, Field(ge=1)] = 400
    """At the first reading: tickets that nothing happened to for longer are not read."""

    @model_validator(mode="after")
    def _money_has_a_currency(self) -> "Fields":
        if self.refund is not None and self.refund_currency is None:
            raise ValueError("refund needs refund_currency: the field holds a number, and nothing says of what")
        return self

    @property
    def custom(self) -> dict[str, int]:
        """The custom ticket fields that are set up, by what they mean."""
        named = {"product": self.product, "refund": self.refund, "incident": self.incident, "language": self.language}
        return {name: field for name, field in named.items() if field is not None}
