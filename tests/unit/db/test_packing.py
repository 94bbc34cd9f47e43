"""Rows hold decisions with nothing in them twice, and give them back whole."""

import json
import zlib

import pytest

from agent.domain.decision import ClauseRecord, RuleRecord
from integrations.db.packing import JOINED, Damaged, pack, pack_evidence, unpack, unpack_evidence
from tests.unit.db.build import NOW, candidate, decision

P1 = RuleRecord("no-selling", "forbid", "suitability", True, [ClauseRecord("open_p1", "true", "a P1 is open", {"family.open_p1_tickets": 1})])
CAP = RuleRecord("cap", "cap", "contact", True, [], until=NOW, of=["rep"])


def test_what_rules_say_of_several_candidates_is_written_once() -> None:
    several = [candidate(id=f"cand_{n}", rules=[P1, CAP] if n else [CAP]) for n in range(3)]
    made = decision(candidates=several)
    packed = pack(made)
    assert unpack(packed) == made
    assert zlib.decompress(packed).count(b"a P1 is open") == 1


def test_a_decision_written_out_in_full_is_still_read() -> None:
    made = decision(candidates=[candidate(rules=[P1]), candidate(id="cand_2", rules=[P1])])
    assert unpack(zlib.compress(made.model_dump_json(exclude=JOINED).encode())) == made


def test_an_unknown_key_is_refused_at_any_depth() -> None:
    stored = json.loads(zlib.decompress(pack(decision(candidates=[candidate(rules=[P1])]))))
    stored["rules"][0]["clauses"][0]["drifted"] = True
    with pytest.raises(Damaged, match="drifted"):
        unpack(zlib.compress(json.dumps(stored).encode()))


@pytest.mark.parametrize("damaged", [b"", b"rubbish", zlib.compress(b"{"), zlib.compress(b"[]"), zlib.compress(b"{}")])
def test_what_cannot_be_read_says_so_and_what_to_do(damaged: bytes) -> None:
    with pytest.raises(Damaged, match=r"cannot be read.*nextplay audit verify"):
        unpack(damaged)


def test_evidence_that_cannot_be_read_is_not_taken_for_none() -> None:
    whole = pack(decision())
    assert unpack_evidence(pack_evidence(None), whole) is None
    with pytest.raises(Damaged):
        unpack_evidence(b"rubbish", whole)
