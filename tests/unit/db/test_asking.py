from agent.domain.asked_then import Put
from integrations.db.store import SqlStore
from tests.unit.db.build import NOW, SAID, answered, approval, decision, message, proposal, recorded


async def test_versions_and_how_asks_were_put_are_read_as_they_were_kept(store: SqlStore) -> None:
    kept = {"approval": "apr_1_1_0", "round": 1, "allowed": ["bo@example.com", "cy@example.com"], "routing": "on call"}
    await recorded(
        store, messages=[message(data=kept), message(2, kind="reminder", decision_id="dec_1", to=("cy@example.com",), data={"approval": "apr_1_1_0"})]
    )
    edited = proposal("d2", content={"body": "Edited."})
    await store.answer(answered(approval(), "edited"), proposal=edited.model_dump(mode="json"), audit=SAID)
    again = approval(id="apr_1_2_0", round=2, digest="d3")
    put_again = message(3, kind="difference", decision_id="dec_1", data={"approval": "apr_1_2_0", "round": 2})
    await store.ask_again("dec_1", [again], [put_again], proposal("d3").model_dump(mode="json"), SAID)
    found = await store.asked_then("dec_1")
    assert found is not None
    assert found.written.proposal == decision().proposal
    assert [(one.proposal.digest, one.who) for one in found.versions] == [("d2", "bo@example.com"), ("d3", None)]
    assert found.versions[1].at == NOW
    assert found.put == {
        "apr_1_1_0": Put(("bo@example.com",), ("bo@example.com", "cy@example.com"), "on call"), "apr_1_2_0": Put(("bo@example.com",)),
    }  # fmt: skip
    assert await store.asked_then("dec_none") is None
