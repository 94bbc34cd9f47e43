"""The playbook's pages over HTTP: what is read, what is refused, and what two people at one draft are told."""

import shutil
from pathlib import Path
from urllib.parse import urlencode

import pytest

from agent.playbook.loader import DEFAULT, load
from integrations import bootstrap
from tests.acceptance.console.visiting import Visit, shown, stranger, visit
from tests.acceptance.serving import Served, serving

ANN, BOB, EVE = "ann@tessera.example", "bob@tessera.example", "eve@tessera.example"
DRAFTS = "/console/playbook/drafts"
READ = ("/console/playbook", "/console/playbook/surfaces/renewal", "/console/playbook/plays/expansion", "/console/playbook/rules/contact-cap",
        DRAFTS, "/console/playbook/history")  # fmt: skip


async def begun(visitor: Visit, title: str = "Fewer mails") -> str:
    """The page of a new draft."""
    response = await visitor.post(DRAFTS, {"title": title})
    assert response.status_code == 303
    return str(response.headers["location"])


async def test_everybody_reads_and_only_operators_write(served: Served) -> None:
    viewer, operator = await visit(served, EVE, "viewer"), await visit(served, ANN, "operator")
    for path in READ:
        response = await viewer.get(path)
        assert response.status_code == 200, path
        assert response.text.count("<h1>") == 1
        assert 'method="post" action="/console/playbook' not in response.text, "nothing is offered that is refused"
        assert (await stranger(served).get(path)).status_code == 303
    draft = await begun(operator)
    looked = await viewer.get(draft)
    assert looked.status_code == 200
    assert "Discard" not in shown(looked)
    for path, fields in (
        (DRAFTS, {"title": "x"}), (draft, {"revision": "1", "do": "discard"}),
        (f"{draft}/rule/contact-cap", {"revision": "1"}), (f"{draft}/simulate", {}),
        ("/console/playbook/block", {"kind": "play", "ref": "expansion", "why": "x"}), ("/console/playbook/roll-back", {"version": "x", "why": "x"}),
        ("/console/playbook/lift", {"ref": "renewal", "why": "x"}), ("/console/playbook/unblock", {"kind": "play", "ref": "expansion", "why": "x"}),
    ):  # fmt: skip
        for role in ("viewer", "agent", "approver"):
            assert (await (await visit(served, EVE, role)).post(path, fields)).status_code == 403, (role, path)


async def test_items_are_told_as_people_read_them(served: Served) -> None:
    viewer = await visit(served, EVE, "viewer")
    rule = shown(await viewer.get("/console/playbook/rules/no-selling-during-open-p1"))
    for said in ("Selling into an open incident costs trust.", "support-ops@tessera.example", "The account family has an open P1 ticket",
                 "family.open_p1_tickets > params.limit", "Where a fact is missing, it forbids", "renewal-play", "one open"):  # fmt: skip
        assert said in rule
    assert "/console/decisions?rule=no-selling-during-open-p1" in (await viewer.get("/console/playbook/rules/no-selling-during-open-p1")).text
    surface = shown(await viewer.get("/console/playbook/surfaces/renewal"))
    assert "Open asks at once" in surface
    assert "no-selling-during-open-p1" in surface
    for path in ("rules/no-such", "plays/%3Cscript%3E", "surfaces/x"):
        gone = await viewer.get(f"/console/playbook/{path}")
        assert gone.status_code == 404
        assert "<script>" not in gone.text


async def test_a_play_is_blocked_with_a_reason_and_let_go(served: Served) -> None:
    operator, page = await visit(served, ANN, "operator"), "/console/playbook/plays/expansion"
    fields = {"kind": "play", "ref": "expansion", "why": "<b>Legal</b> asked"}
    mistakes = (
        ({"why": ""}, "The reason is missing"), ({"ref": "no-such"}, "There is no play 'no-such'"), ({"kind": "account"}, "surface or a play"),
        ({"until": "2020-01-01T10:00"}, "would have ended already"), ({"until": "tomorrow"}, "is no moment"),
    )  # fmt: skip
    for wrong, says in mistakes:
        refused = await operator.post("/console/playbook/block", {**fields, **wrong})
        assert refused.status_code in (404, 422), wrong
        assert says in shown(refused)
    response = await operator.post("/console/playbook/block", {**fields, "until": "2026-11-30T18:00"})
    assert (response.status_code, response.headers["location"]) == (303, page)
    blocked = await operator.get(page)
    assert "The play expansion is blocked." in shown(blocked)
    assert f"Blocked by {ANN}: <b>Legal</b> asked. Until Mon 30 Nov 2026, 18:00 UTC" in shown(blocked)
    assert "<b>Legal" not in blocked.text
    [block] = await served.workspace.service.blocks()
    assert (block.ref, block.by) == ("expansion", ANN)
    await operator.post("/console/playbook/unblock", {"kind": "play", "ref": "expansion", "why": "It is settled"})
    assert await served.workspace.service.blocks() == []


async def test_wrong_values_are_said_at_their_field_and_nothing_is_lost(served: Served) -> None:
    operator = await visit(served, ANN, "operator")
    draft = await begun(operator)
    form = f"{draft}/surface/renewal"
    response = await operator.post(form, {"revision": "1", "set.mode": "shadow", "set.holdout.share": "0.9", "set.attention.quiet": "<i>late</i>"})
    assert response.status_code == 422
    assert "2 values cannot be taken. Nothing was saved." in shown(response)
    assert "0.9 is out of bounds: give a number from 0 to 0.5." in shown(response)
    assert 'value="0.9"' in response.text
    assert '<option value="shadow" selected>' in response.text
    assert "<i>late" not in response.text
    assert "It changes" not in shown(response)
    assert (await served.workspace.service.draft(1)).changes == ()
    assert (await operator.post(form, {"set.mode": "shadow"})).status_code == 422, "without its revision"
    unknown = await operator.post(form, {"revision": "1", "set.why": "because"})
    assert unknown.status_code == 303
    assert (await served.workspace.service.draft(1)).changes == (), "text is no setting"


async def test_two_people_at_one_draft_see_each_others_values(served: Served) -> None:
    ann, bob = await visit(served, ANN, "operator"), await visit(served, BOB, "operator")
    draft = await begun(ann)
    form = f"{draft}/surface/renewal"
    seen = {"seen.mode": "suggest", "seen.attention.open": "8", "seen.attention.per_day": "15"}
    assert (
        await ann.post(form, {"revision": "1", **seen, "set.mode": "shadow", "set.attention.open": "4", "set.attention.per_day": "15"})
    ).status_code == 303
    late = await bob.post(form, {"revision": "1", **seen, "set.mode": "suggest", "set.attention.open": "5", "set.attention.per_day": "20"})
    assert late.status_code == 409
    assert f"{ANN} wrote to this draft meanwhile" in shown(late)
    assert f"{ANN} chose 4." in shown(late)
    for kept in ('name="set.attention.open" type="text" value="5"', 'name="set.attention.per_day" type="text" value="20"',
                 '<option value="shadow" selected>', 'name="revision" value="2"'):  # fmt: skip
        assert kept in late.text, "one's own values, and theirs where one had not chosen"
    again = await bob.post(form, {"revision": "2", "set.mode": "shadow", "set.attention.open": "5", "set.attention.per_day": "20"})
    assert again.status_code == 303
    assert {one.at.key: (one.now, one.by) for one in (await served.workspace.service.draft(1)).changes} == {
        "mode": ("shadow", ANN), "attention.open": (5, BOB), "attention.per_day": (20, BOB),
    }  # fmt: skip


async def test_publishing_takes_a_second_person_and_can_be_taken_back(served: Served) -> None:
    ann, bob = await visit(served, ANN, "admin"), await visit(served, BOB, "operator")
    first = served.workspace.playbook.version
    draft = await begun(ann, "<script>alert(1)</script>")
    await ann.post(f"{draft}/rule/contact-cap", {"revision": "1", "set.params.per_week": "3"})
    nothing = await ann.post(draft, {"revision": "2", "do": "propose", "why": " "})
    assert nothing.status_code == 422
    assert "The reason is missing" in shown(nothing)
    assert (await ann.post(draft, {"revision": "2", "do": "propose", "why": "We were too strict"})).status_code == 303
    own = await ann.get(draft)
    assert "Somebody else has to approve it" in shown(own)
    assert "Approve and publish" not in shown(own)
    refused = await ann.post(draft, {"revision": "3", "do": "publish"})
    assert refused.status_code == 409
    assert "publishing takes a second person" in shown(refused)
    looked = await bob.get(draft)
    assert "We were too strict" in shown(looked)
    assert "<script>alert" not in looked.text
    assert "an example in the file was written for another setting" in shown(looked)
    assert (await bob.post(draft, {"revision": "2", "do": "publish"})).status_code == 409, "he looked at another revision"
    assert (await bob.post(draft, {"revision": "3", "do": "publish"})).headers["location"] == draft
    version = served.workspace.playbook.version
    assert served.workspace.playbook.rules["contact-cap"].params["per_week"] == 3.0
    rule = shown(await bob.get("/console/playbook/rules/contact-cap"))
    assert f"published by {ANN}; the file says 2" in rule
    history = shown(await bob.get("/console/playbook/history"))
    assert f"{version} in force" in history
    assert f"{ANN}, approved by {BOB}: We were too strict" in history
    differs = shown(await bob.get(f"/console/playbook/history/{version}?{urlencode({'against': first})}"))
    assert "params.per_week 2 3" in differs
    assert (await bob.get("/console/playbook/history/nope")).status_code == 404
    back = await bob.post("/console/playbook/roll-back", {"version": first, "why": "It was worse"})
    assert back.headers["location"] == "/console/playbook/history"
    assert served.workspace.playbook.version == first
    again = await bob.post("/console/playbook/roll-back", {"version": first, "why": "It was worse"})
    assert again.status_code == 409
    assert "would change nothing" in shown(again)


async def test_what_has_moved_on_is_said_and_rebased(served: Served) -> None:
    ann, bob = await visit(served, ANN, "operator"), await visit(served, BOB, "operator")
    mine, theirs = await begun(ann, "Mine"), await begun(bob, "Theirs")
    await ann.post(f"{mine}/rule/contact-cap", {"revision": "1", "set.params.per_week": "3"})
    await ann.post(mine, {"revision": "2", "do": "propose", "why": "x"})
    await bob.post(f"{theirs}/surface/renewal", {"revision": "1", "set.mode": "shadow"})
    await bob.post(theirs, {"revision": "2", "do": "propose", "why": "x"})
    assert (await ann.post(theirs, {"revision": "3", "do": "publish"})).status_code == 303
    stale = await bob.post(mine, {"revision": "3", "do": "publish"})
    assert stale.status_code == 409
    assert "Another version is in force by now" in shown(stale)
    assert "surface renewal mode suggest shadow" in shown(stale)
    assert (await ann.post(mine, {"revision": "3", "do": "rebase"})).status_code == 303
    assert "Another version" not in shown(await ann.get(mine))
    await ann.post(mine, {"revision": "4", "do": "discard"})
    assert "Done with" in shown(await ann.get(DRAFTS))
    assert (await ann.post(mine, {"revision": "5", "do": "propose", "why": "x"})).status_code == 409


@pytest.mark.parametrize("number", ["999", "x", "-1", "9" * 30, "%3Cb%3E"])
async def test_a_draft_that_there_is_not_is_said(served: Served, number: str) -> None:
    operator = await visit(served, ANN, "operator")
    for path in (f"{DRAFTS}/{number}", f"{DRAFTS}/{number}/rule/contact-cap", f"{DRAFTS}/{number}/trial"):
        assert (await operator.get(path)).status_code == 404


async def test_a_surface_that_was_raised_waits_for_a_second_person(served: Served) -> None:
    ann, bob = await visit(served, ANN, "operator"), await visit(served, BOB, "operator")
    draft = await begun(ann)
    await ann.post(f"{draft}/surface/renewal", {"revision": "1", "set.mode": "auto"})
    await ann.post(draft, {"revision": "2", "do": "propose", "why": "It is ready"})
    await bob.post(draft, {"revision": "3", "do": "publish"})
    page = shown(await bob.get("/console/playbook/surfaces/renewal"))
    assert "suggest the playbook says auto" in page
    assert "Held at suggest since" in page
    refused = await bob.post("/console/playbook/lift", {"ref": "renewal", "cap": "unproven", "why": "It is"})
    assert refused.status_code == 403
    assert "is not a colleague in the directory" in shown(refused)
    known = await visit(served, "mia.thornton@tessera.example", "operator")
    allowed = await known.post("/console/playbook/lift", {"ref": "renewal", "cap": "unproven", "why": "It is"})
    assert allowed.headers["location"] == "/console/playbook/surfaces/renewal"
    assert await served.workspace.service.caps() == []


async def test_a_change_that_a_file_has_overtaken_is_seen(folder: Path, quiet_world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "load", load)  # the folder is read anew
    mine = folder / "mine"
    shutil.copytree(DEFAULT, mine)
    async with serving(folder, quiet_world, playbook=mine) as served:
        ann, bob = await visit(served, ANN, "operator"), await visit(served, BOB, "operator")
        draft = await begun(ann)
        await ann.post(f"{draft}/surface/renewal", {"revision": "1", "set.mode": "shadow"})
        await ann.post(draft, {"revision": "2", "do": "propose", "why": "Quiet"})
        await bob.post(draft, {"revision": "3", "do": "publish"})
        assert "1 change" in shown(await ann.get("/console/playbook"))
        file = mine / "surfaces" / "renewal.yaml"
        file.write_text(file.read_text().replace("mode: suggest", "mode: off"))
        await served.workspace.playbooks.look()
        for path in ("/console/playbook", "/console/playbook/surfaces/renewal"):
            page = shown(await ann.get(path))
            assert "surface renewal, mode, is not in force: it was overtaken by the file, which says off by now, and no longer suggest." in page
        (mine / "rules" / "contact.yaml").write_text("broken: [\n")
        await served.workspace.playbooks.look()
        assert "is not used" in shown(await ann.get("/console/playbook"))
        refused = await ann.post(DRAFTS, {"title": "x"})
        assert refused.status_code == 409
        assert "Nothing can be changed while the playbook's folder cannot be used." in shown(refused)
