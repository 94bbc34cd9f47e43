"""What a template may speak of, for one candidate: facts, the recipient, the material, the colleague who signs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from agent.domain.candidates import Candidate
from agent.domain.claims.allowed import UNTRUSTED
from agent.domain.claims.links import links
from agent.domain.claims.plain_text import plain
from agent.domain.evidence import Contact, Evidence, Group, Material
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact
from agent.domain.plays import Play
from agent.domain.signing import signature
from agent.templates import Values, held

_MATERIAL_FIELDS = (
    "id",
    "title",
    "url",
    "language",
    "visibility",
    "topics",
    "stages",
    "product",
    "passage",
    "strength",
)
LONGEST_VALUE = 200
"""Characters of a text fact that a template prints."""

_MORE = (
    "contact.email",
    "owner.email",
    "sender.name",
    "sender.email",
    "asset.url",
    "asset.passage",
    "article.url",
    "article.passage",
    "group.lead",
)
NAMES: frozenset[str] = frozenset(CATALOGUE) | frozenset(_MORE)
"""Every `root.field` a template may name, besides `params.*`."""

_ROOTS = frozenset(name.partition(".")[0] for name in NAMES) - {"candidate", "play", "surface", "history"}
_NAMES_OF = {root: frozenset(name.partition(".")[2] for name in NAMES if name.startswith(f"{root}.")) for root in _ROOTS}
_NEVER_LINKS = frozenset({"contact", "account", "sender", "owner", "group"})


@dataclass(frozen=True, slots=True)
class Scene:
    """The values by root and field, and the plain variables `vendor` and `at`."""

    roots: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, frozenset[str]]
    variables: Mapping[str, Any]

    def scope(self, used: dict[str, Any], may_show: frozenset[str] | None = None) -> dict[str, Any]:
        """The variables of a template.

        Reads are noted in `used`; values whose full name is not in `may_show` are held (None: show all).
        """

        def shown(name: str, value: Any) -> Any:
            fit = presentable(name, value)
            return fit if may_show is None or name in may_show else held(fit, name)

        values = {root: Values(root, fields, names=self.names[root], used=used, shown=shown) for root, fields in self.roots.items()}
        return {**self.variables, **values}

    def value(self, name: str) -> Any:
        """One value by its full name, fit to print; None when it is not known."""
        root, _, field = name.partition(".")
        return presentable(name, self.roots.get(root, {}).get(field))


def scene_of(play: Play, candidate: Candidate, evidence: Evidence, *, vendor: str) -> Scene:
    """Arrange the evidence for one candidate. Only fresh facts are in it; a stale one is as good as none."""
    roots: dict[str, dict[str, Any]] = {root: {} for root in _ROOTS}
    _add_records(roots, candidate, evidence)
    _add_facts(roots, candidate, evidence.facts)
    roots["sender"] = signature(evidence, vendor)
    roots["params"] = dict(candidate.params)
    return Scene(roots, {**_NAMES_OF, "params": frozenset(play.params)}, {"vendor": vendor, "at": evidence.at})


def recipient_of(candidate: Candidate, evidence: Evidence) -> Contact | None:
    """The contact that the candidate goes to."""
    return next((contact for contact in evidence.contacts if contact.id == candidate.recipient), None)


def material_of(candidate: Candidate, evidence: Evidence) -> Material | None:
    """The asset or article that the candidate carries."""
    return next((material for material in evidence.materials if material.id == candidate.material), None)


def _add_records(roots: dict[str, dict[str, Any]], candidate: Candidate, evidence: Evidence) -> None:
    contact, material = recipient_of(candidate, evidence), material_of(candidate, evidence)
    if contact is not None:
        roots["contact"] |= {name: getattr(contact, name) or None for name in ("id", "name", "first_name", "email", "role", "title", "language")}
    if material is not None:
        roots[material.kind] |= {name: getattr(material, name) or None for name in _MATERIAL_FIELDS} | {"kind": material.type}
    group = next((group for group in evidence.groups if group.id == candidate.target), None)
    if group is not None:
        roots["group"] |= _group_fields(group)


def _group_fields(group: Group) -> dict[str, Any]:
    return {name: getattr(group, name) or None for name in ("id", "name", "area", "tier", "on_call", "lead")}


def _add_facts(roots: dict[str, dict[str, Any]], candidate: Candidate, facts: Iterable[Fact]) -> None:
    """Facts win over records: when the fact is stale, the record's copy of it is gone too."""
    mine = {None, candidate.recipient, candidate.target, candidate.material}
    for fact in facts:
        root, _, field = fact.name.partition(".")
        if root in roots and fact.of in mine:
            roots[root][field] = fact.value if fact.known else None


def presentable(name: str, value: Any) -> Any:
    """Text made fit to print: one line, of bounded length, with nothing invisible; no links from outside.

    Passages and links of our own material stay as they are.
    """
    root, _, field = name.partition(".")
    if not isinstance(value, str) or field in ("passage", "url", "email"):
        return value
    text = " ".join(plain(value).split())[:LONGEST_VALUE]
    if root not in _NEVER_LINKS and name not in UNTRUSTED:
        return text
    found, rest = links(text)
    if not (found.links or found.addresses or found.mentions):
        return text
    return (" ".join(rest.split()) or "…") if name in UNTRUSTED else None
