"""What can happen in an org that only Salesforce has: its rights, its fields, its records, its rules."""

from collections.abc import Mapping

from integrations.sandbox.doubles.salesforce.org import Org, Rule
from integrations.sandbox.doubles.salesforce.schema import SCHEMA
from integrations.sandbox.doubles.salesforce.signing_in import Door
from integrations.sandbox.doubles.side_door import Trick


def tricks_of(org: Org, door: Door) -> Mapping[str, Trick]:
    """All of them, for one org."""
    admitted = door.user, door.client_secret

    def sign_out(_of: str) -> None:
        door.revoke()
        door.client_secret = "another"  # noqa: S105  which nobody knows

    def sign_in(_of: str) -> None:
        _, door.client_secret = admitted

    def merge(of: str) -> None:
        survivor, other = of.split("/")
        org.find(survivor)
        org.delete(other, merged_into=survivor)

    return {
        "session_over": Trick("every session ends: 401 until one signs in", lambda _: door.revoke()),
        "signed_out": Trick("the consumer secret was changed", sign_out, ends=sign_in),
        "denied": Trick(
            "a field was hidden from the integration user", lambda of: org.hidden.add(_field(of)), "OBJECT.FIELD, such as Opportunity.Amount",
            ends=lambda of: org.hidden.discard(_field(of)),
        ),
        "denied_object": Trick(
            "the integration user may not see an object", lambda of: _gone(org, of), "OBJECT, such as Contract",
            ends=lambda of: org.fields.update({of: dict(SCHEMA[of])}),
        ),
        "no_field": Trick(
            "a field was deleted from the schema", lambda of: _drop(org, *_field(of)), "OBJECT.FIELD, such as Account.Tier__c",
            ends=lambda of: org.fields[_field(of)[0]].update({_field(of)[1]: SCHEMA[_field(of)[0]][_field(of)[1]]}),
        ),
        "deleted": Trick("a record was put into the bin", org.delete, "ID"),
        "merged": Trick("the second record was merged into the first", merge, "ID/ID"),
        "locked": Trick(
            "so many tries at a record fail", lambda of: _lock(org, of), "ID/COUNT", ends=lambda _: org.locked.clear()
        ),
        "rule": Trick(
            "a rule refuses every new record of it", lambda of: _rule(org, of), "OBJECT, such as Task",
            ends=lambda _: org.rules.clear(),
        ),
    }  # fmt: skip


def _field(of: str) -> tuple[str, str]:
    """An object and its field. Raises LookupError where it never had one."""
    name, _, field = of.partition(".")
    if field not in SCHEMA[name]:
        raise KeyError(f"{name} has no {field}")
    return name, field


def _gone(org: Org, name: str) -> None:
    del org.fields[name]


def _drop(org: Org, name: str, field: str) -> None:
    del org.fields[name][field]


def _lock(org: Org, of: str) -> None:
    record_id, _, count = of.partition("/")
    org.locked[str(org.find(record_id)[1]["Id"])] = int(count)


def _rule(org: Org, name: str) -> None:
    if name not in SCHEMA:
        raise KeyError(f"there is no {name}")
    org.rules.append(Rule(name, "Refused by a rule of your administrator", lambda _: True))
