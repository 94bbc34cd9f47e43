from dataclasses import replace

from agent.domain.asked_then import Beginnings, Put, Version, asked_then
from tests.unit.db.build import DAY, MINUTE, NOW, answered, approval, decision, proposal

ANEW = Version(proposal("d2", content={"body": "Anew."}), None, NOW + DAY)
EDITED = Version(proposal("d3", content={"body": "Edited."}), "bo@example.com", NOW + DAY + MINUTE)


def test_each_round_has_the_proposal_that_it_asked_about() -> None:
    first = replace(answered(approval()), note="fine")
    second = answered(approval(id="apr_1_2_0", round=2, created_at=NOW + DAY, digest="d3"), "edited", at=NOW + DAY + MINUTE)
    kept = Beginnings(decision(), [ANEW, EDITED])
    before, after = asked_then(kept, first, [first, second]), asked_then(kept, second, [first, second])
    assert before is not None
    assert after is not None
    assert (before.decision.proposal, before.later) == (decision().proposal, (ANEW, EDITED))
    assert (after.decision.proposal, after.later) == (ANEW.proposal, (EDITED,))
    assert (before.ask.state, before.ask.answered_by, before.ask.note, before.ask.at) == ("open", None, None, None)
    assert [one.id for one in after.asks] == ["apr_1_2_0"]
    assert after.ask.digest == "d2"


def test_an_edit_at_the_moment_of_asking_is_none_of_what_was_asked() -> None:
    ask = replace(answered(approval(digest="d3"), "edited"), at=NOW + MINUTE)
    found = asked_then(Beginnings(decision(), [replace(EDITED, at=NOW)]), ask, [ask])
    assert found is not None
    assert found.decision.proposal == decision().proposal


def test_whom_it_was_put_to_is_as_it_was_kept() -> None:
    ask = replace(
        approval(), asked=("cy@example.com",), allowed=("cy@example.com",), passed_on_by="bo@example.com", routing="passed on", state="snoozed"
    )
    kept = Beginnings(decision(), put={ask.id: Put(("bo@example.com",), ("bo@example.com", "cy@example.com"), "on call")})
    found = asked_then(kept, ask, [ask])
    assert found is not None
    assert (found.ask.asked, found.ask.allowed, found.ask.routing) == (("bo@example.com",), ("bo@example.com", "cy@example.com"), "on call")
    assert (found.ask.state, found.ask.passed_on_by, found.exact) == ("open", None, True)
    old = asked_then(Beginnings(decision(), put={ask.id: Put(("bo@example.com",))}), ask, [ask])
    assert old is not None
    assert (old.ask.asked, old.ask.allowed, old.exact) == (("bo@example.com",), ("cy@example.com",), False)


def test_who_edited_had_answered_when_the_others_were_asked() -> None:
    own = replace(answered(approval(), "edited"), at=NOW)
    other = approval(index=1)
    found = asked_then(Beginnings(decision()), other, [own, other])
    assert found is not None
    assert [one.state for one in found.asks] == ["edited", "open"]


def test_without_a_version_of_its_digest_nobody_can_tell() -> None:
    assert asked_then(Beginnings(decision()), approval(digest="lost"), [approval(digest="lost")]) is None
    assert asked_then(Beginnings(decision(proposal=None)), approval(), [approval()]) is None
