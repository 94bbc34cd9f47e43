"""The vectors were made with the openssl command line, as those of the webhook tests were."""

import json
from pathlib import Path
from typing import Any

import pytest

from agent.errors import InvalidInput
from evals.benchmarks.signatures import FILE, measure
from tests.unit.webhooks.test_signatures import BODY, HUBSPOT, KEY, STANDARD, STANDARD_KEY, URL, ZENDESK

VECTORS: list[dict[str, Any]] = [
    {
        "vendor": "hubspot", "scheme": "v3 base64(…)", "secret": KEY, "method": "POST", "uri": URL, "body": BODY.decode(),
        "timestamp": HUBSPOT.headers["x-hubspot-request-timestamp"], "signature": HUBSPOT.headers["x-hubspot-signature-v3"],
    },
    {
        "vendor": "zendesk", "scheme": "base64(…)", "secret": "zen-key-one", "body": BODY.decode(),
        "timestamp": ZENDESK.headers["x-zendesk-webhook-signature-timestamp"], "signature": ZENDESK.headers["x-zendesk-webhook-signature"],
    },
    {
        "vendor": "standard-webhooks", "scheme": "standard v1", "secret": STANDARD_KEY, "id": "msg_1", "body": BODY.decode(),
        "timestamp": STANDARD.headers["webhook-timestamp"], "signature": STANDARD.headers["webhook-signature"],
    },
]  # fmt: skip


def written(folder: Path, vectors: list[dict[str, Any]]) -> Path:
    (folder / FILE).write_text(json.dumps(vectors))
    return folder


def test_every_door_judges_its_vector_and_what_was_changed_in_it(tmp_path: Path) -> None:
    report = measure(written(tmp_path, VECTORS))

    assert (report.data[0].file, report.data[0].n) == (FILE, 3)
    correct = report.metrics["correct"]
    assert (correct.value, correct.high, correct.baseline) == (1.0, 1.0, 0.25)
    assert correct.low == pytest.approx(0.7575, abs=0.0001)


@pytest.mark.parametrize(("number", "valid", "value"), [(0, True, 0.9167), (1, True, 0.9167), (2, True, 0.9167), (2, False, 1.0)])
def test_a_signature_that_is_none_is_refused_and_that_is_right_where_it_should_be(tmp_path: Path, number: int, valid: bool, value: float) -> None:
    vectors = [dict(one) for one in VECTORS]
    vectors[number] |= {"signature": "v1,AAAA" if number == 2 else "AAAA", "valid": valid}

    assert measure(written(tmp_path, vectors)).metrics["correct"].value == value


def test_a_vector_of_a_vendor_without_a_door_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="'acme', which no door knows"):
        measure(written(tmp_path, [{**VECTORS[1], "vendor": "acme"}]))


def test_a_vector_without_a_secret_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no text 'secret'"):
        measure(written(tmp_path, [{name: value for name, value in VECTORS[1].items() if name != "secret"}]))
