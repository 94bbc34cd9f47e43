"""Paths are made of parts that stay parts."""

import pytest

from integrations.vendors.endpoint import Endpoint

DEAL = Endpoint("deal", "GET", "/crm/objects/2026-03/deals/{id}/of/{kind}")


def test_a_part_stays_one_part_whatever_is_in_it() -> None:
    assert DEAL.at(id="42", kind="a b") == "/crm/objects/2026-03/deals/42/of/a%20b"
    assert DEAL.at(id="../../owners?x=1#y", kind="k") == "/crm/objects/2026-03/deals/..%2F..%2Fowners%3Fx%3D1%23y/of/k"


@pytest.mark.parametrize("bad", ["", ".", ".."])
def test_a_part_that_leads_elsewhere_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="id cannot be"):
        DEAL.at(id=bad, kind="k")
