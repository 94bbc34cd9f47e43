"""Changes of the policy that need no files: drafts, their judgement, their approval by a second person, and the way back."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from agent.deployment import Policy, Ports
from agent.domain.metrics import Counted, Hit, counted
from agent.domain.playbook import Playbook
from agent.errors import InvalidInput, NotFound, Refused
from agent.playbook import lint
from agent.playbook.changing import Changed, Setting, Unusable, changed, joined
from agent.playbook.differing import Change, changes
from agent.playbook.drafts import Draft, DraftState, DraftTrial, PlaybookReign, Publication
from agent.playbook.findings import Finding
from agent.playbook.parameters import Address, Parameter, Unfit, parameters, read, same
from agent.ports import AuditEntry
from agent.responsible import check_address, need_reason

LIVE: tuple[DraftState, ...] = ("open", "proposed")
LONGEST_TITLE, LONGEST_WHY = 120, 1_000
_SEE = "See them: nextplay playbook history"


class WrongValues(InvalidInput):
    """Some values cannot be taken. `faults` says of each setting why; nothing was written."""

    def __init__(self, faults: Mapping[Address, str]) -> None:
        super().__init__("Some values cannot be taken: " + " ".join(f"{at}: {why}" for at, why in faults.items()), "Correct them, and save again.")
        self.faults = faults


class WrittenMeanwhile(Refused):
    """Somebody else wrote to the draft meanwhile. `newer` is what it says now; nothing was overwritten."""

    def __init__(self, newer: Draft) -> None:
        said = f"{newer.updated_by} wrote to draft {newer.id} meanwhile (revision {newer.revision}), so nothing was saved."
        super().__init__(said, "Look at what it says now, and save again.")
        self.newer = newer


class MovedOn(Refused):
    """The playbook in force is no longer the one that the draft changes. `moved`: what has changed since."""

    def __init__(self, draft: Draft, version: str, moved: Sequence[Change]) -> None:
        told = "; ".join(f"{one.kind} {one.id}{f', {one.key}' if one.key else ''} {one.what}" for one in moved[:5])
        more = f"; and {len(moved) - 5} more" if len(moved) > 5 else ""
        said = (
            f"Draft {draft.id} changes version {draft.base}, and {version} is in force by now ({told or 'the same in all that can be told'}{more})."
        )
        super().__init__(said, "Rebase the draft onto the version in force, look at it again, and propose it.")
        self.moved = moved


@dataclass(frozen=True, slots=True)
class Examined:
    """A draft on the version it changes: the settings with what it says of them, the playbook that it gives, and what the lint says of that.

    `changed` is None, and the first finding says why, where an item could not be read with these values. `moved`: how the version in force
    (`current`) differs from the base by now.
    """

    draft: Draft
    base: Playbook
    changed: Changed | None
    findings: Sequence[Finding]
    moved: Sequence[Change]
    current: str

    @property
    def errors(self) -> list[Finding]:
        """What keeps it from being proposed."""
        return [one for one in self.findings if one.severity == "error"]


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a return gave. `left`: what still differs from the version gone back to, because the files say so by now."""

    publication: Publication
    left: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Reigned:
    """A version in the history of the playbook: what it came from, and what it changed of the one before."""

    reign: PlaybookReign
    publication: Publication | None
    before: str | None


@dataclass(frozen=True, slots=True)
class PolicyFigures:
    """What surfaces, plays (wherever they were recommended) and rules did until `at`."""

    at: datetime
    surfaces: Mapping[str, Counted]
    plays: Mapping[str, Counted]
    rules: Mapping[str, Hit]


class ChangingPolicy:
    """The part of the service that changes the policy. Who may is for the doors to say; that it takes two is said here."""

    _ports: Ports
    _judged: "tuple[tuple[str, date], list[Finding]] | None" = None

    def policy(self) -> Policy:
        """What the playbook in force is made of. Raises Refused while an unsound folder keeps it from being told."""
        standing = self._ports.policies.standing if self._ports.policies else None
        if standing is None:
            raise Refused("Nothing can be changed while the playbook's folder cannot be used.", "See why: nextplay playbook check")
        return standing

    async def policy_figures(self, *, since: timedelta) -> PolicyFigures:
        """What surfaces, plays and rules did in the time until now."""
        at, store = self._ports.clock(), self._ports.store
        counts = counted((await store.tally(since=at - since, until=at)).fates)
        return PolicyFigures(at, {name: whole for name, (whole, _) in counts.items()}, _by_play(counts), await store.hits(since=at - since, until=at))

    async def drafts(self, *, ended: bool = False, limit: int = 100) -> list[Draft]:
        """Drafts that somebody still writes or proposes, or those that are done with; newest first."""
        return await self._ports.store.drafts(states=("published", "discarded") if ended else LIVE, limit=limit)

    async def draft(self, draft_id: int) -> Draft:
        """One draft. Raises NotFound."""
        found = await self._ports.store.draft(draft_id)
        if found is None:
            raise NotFound(f"There is no draft {draft_id}.", "Look at the list of drafts.")
        return found

    async def new_draft(self, title: str, *, who: str) -> Draft:
        """Begin a draft of the version in force."""
        check_address(who)
        title = title.strip()
        if not title or len(title) > LONGEST_TITLE:
            raise InvalidInput(f"A draft needs a title of at most {LONGEST_TITLE} characters.", "Say what it is to change.")
        at = self._ports.clock()
        base = self.policy().changed.playbook.version
        draft = Draft(0, title, base, (), 1, "open", "", (who,), who, at, who, at)
        return await self._ports.store.add_draft(draft, AuditEntry("playbook.draft.begun", who, "", {"title": title, "base": base}))

    async def change_draft(self, draft_id: int, given: Mapping[Address, str], *, revision: int, who: str) -> Draft:
        """Write values, as people write them, into a draft; the value of the base takes a change back. A proposed draft has to be proposed anew.

        Raises WrongValues, and WrittenMeanwhile where `revision` is not the draft's any more.
        """
        check_address(who)
        draft = await self._live(draft_id, revision)
        known = parameters(await self.base_of(draft))
        made = {one.at: one for one in draft.changes}
        for at, value in _values(known, given).items():
            if at in made and same(value, made[at].now):
                continue  # it stays whose it was
            made.pop(at, None)
            if not same(value, known[at].value):
                made[at] = Setting(at, known[at].value, value, who)
        after = tuple(one for _, one in sorted(made.items()))
        old = {one.at: one.now for one in draft.changes}
        if old == {one.at: one.now for one in after}:
            return draft
        said = {"revision": draft.revision + 1, "changes": [one.to_json() for one in after]}
        return await self._written(draft, "changed", said, who, changes=after, state="open", proposed_by=None)

    async def examine(self, draft_id: int) -> Examined:
        """A draft with what it gives, and what is wrong with that."""
        draft = await self.draft(draft_id)
        base, current = await self.base_of(draft), self._ports.playbook()
        moved = changes(base, current) if draft.live and base.version != current.version else []
        try:
            found = changed(base, draft.changes)
        except Unusable as error:
            return Examined(draft, base, None, [Finding("error", "playbook", "", str(error))], moved, current.version)
        findings = await self._findings(found.playbook) if found.made else []
        return Examined(draft, base, found, findings, moved, current.version)

    async def _findings(self, playbook: Playbook) -> list[Finding]:
        """What the lint says today. It takes seconds, and is asked for by every look at the same draft: the last answer is kept."""
        key = (playbook.version, self._ports.clock().date())
        if self._judged is None or self._judged[0] != key:
            self._judged = key, await asyncio.to_thread(lint.judged, playbook, today=key[1])
        return self._judged[1]

    async def propose(self, draft_id: int, *, revision: int, who: str, why: str) -> Draft:
        """Ask for somebody's approval. Raises Refused for a draft that changes nothing, or that the lint finds errors in."""
        need_reason(why, "A proposal")
        check_address(who)
        if len(why) > LONGEST_WHY:
            raise InvalidInput(f"The reason is longer than {LONGEST_WHY:,} characters.", "Shorten it.")
        draft = await self._live(draft_id, revision)
        await self._sound(draft)
        return await self._written(draft, "proposed", {"why": why.strip()}, who, state="proposed", why=why.strip(), proposed_by=who)

    async def discard(self, draft_id: int, *, revision: int, who: str) -> Draft:
        """Give a draft up."""
        check_address(who)
        return await self._written(await self._live(draft_id, revision), "discarded", {}, who, state="discarded")

    async def rebase(self, draft_id: int, *, revision: int, who: str) -> Draft:
        """Have a draft change the version in force instead of the one it was begun on. What that says already, or no longer has, goes."""
        check_address(who)
        draft = await self._live(draft_id, revision)
        current = self.policy().changed.playbook
        known = parameters(current)
        kept = tuple(replace(one, was=known[one.at].value) for one in draft.changes if one.at in known and not same(known[one.at].value, one.now))
        said = {"from": draft.base, "to": current.version, "changes": [one.to_json() for one in kept]}
        return await self._written(draft, "rebased", said, who, base=current.version, changes=kept, state="open", proposed_by=None)

    async def approve_and_publish(self, draft_id: int, *, revision: int, who: str) -> Publication:
        """Approve a proposed draft, just as it was looked at, and put it in force.

        Raises Refused for whoever wrote or proposed it, for a draft that is not proposed, and MovedOn where another version is in force by now.
        """
        check_address(who)
        draft = await self._live(draft_id, revision)
        if draft.state != "proposed":
            raise Refused(f"Draft {draft_id} is not proposed.", "Propose it first.")
        if who.casefold() in {one.casefold() for one in (*draft.authors, draft.proposed_by or "")}:
            raise Refused(f"{who} wrote to draft {draft_id}, and publishing takes a second person.", "Have somebody else approve it.")
        await self._look()
        policy, current = self.policy(), self.policy().changed
        await self._sound(draft)
        at = self._ports.clock()
        settings = joined(current.made, draft.changes)
        version = changed(policy.folder, settings).playbook.version
        publication = Publication(_next(policy), version, draft.base, settings, draft.proposed_by or draft.created_by, who, draft.why, at, draft.id)
        approved = replace(draft, revision=draft.revision + 1, state="published", approved_by=who, updated_by=who, updated_at=at)
        return await self._publish(publication, approved, who, "playbook.published")

    async def roll_back_playbook(self, version: str, *, who: str, why: str) -> RolledBack:
        """Put the changes in force again that lay over the folder when a version was in force. What the files say stays as they say it by now.

        Raises NotFound for a version that never was, and Refused where that changes nothing.
        """
        need_reason(why, "Rolling back")
        check_address(who)
        await self._look()
        policy, store = self.policy(), self._ports.store
        reign = next(iter(await store.playbook_reigns(limit=1, version=version)), None)
        target = await self._ports.playbook_of(version)
        if reign is None or target is None:
            raise NotFound(f"The version {version} of the playbook was never in force here.", _SEE)
        earlier = await store.publication(reign.publication) if reign.publication is not None else None
        result = changed(policy.folder, earlier.changes if earlier else ())
        left = changes(target, result.playbook)
        if result.playbook.version == policy.changed.playbook.version:
            stays = " What differs from it stands in the files." if left else ""
            raise Refused(f"Rolling back to {version} would change nothing.{stays}", _SEE)
        at = self._ports.clock()
        publication = Publication(
            _next(policy), result.playbook.version, policy.changed.playbook.version, result.made, who, None, why.strip(), at, rolled_back_to=version
        )
        return RolledBack(await self._publish(publication, None, who, "playbook.rolled_back"), left)

    async def playbook_history(self, *, limit: int = 50) -> list[Reigned]:
        """Which versions were in force, newest first."""
        reigns = await self._ports.store.playbook_reigns(limit=limit + 1)
        known = {one.seq: one for one in await self._ports.store.publications(limit=limit + 1)}
        before = [*(one.version for one in reigns[1:]), None]
        return [
            Reigned(reign, known.get(reign.publication) if reign.publication is not None else None, earlier)
            for reign, earlier in zip(reigns[:limit], before[:limit], strict=True)
        ]

    async def playbook_differences(self, before: str, after: str) -> list[Change]:
        """What differs between two versions that were in force. Raises NotFound."""
        return changes(await self._version(before), await self._version(after))

    async def keep_trial(self, trial: DraftTrial) -> None:
        """Keep what a revision of a draft would have done to history."""
        await self._ports.store.keep_trial(trial)

    async def trial(self, draft_id: int) -> DraftTrial | None:
        """The newest of a draft's trials; it may be of an earlier revision."""
        return await self._ports.store.trial(draft_id)

    async def drafted(self, draft: Draft) -> Playbook:
        """The playbook that a draft gives. Raises Refused where it gives none."""
        try:
            return changed(await self.base_of(draft), draft.changes).playbook
        except Unusable as error:
            raise Refused(f"Draft {draft.id} gives no playbook: {error}.", "Correct it first.") from None

    async def base_of(self, draft: Draft) -> Playbook:
        """The version that a draft changes."""
        return await self._version(draft.base)

    async def _version(self, version: str) -> Playbook:
        found = await self._ports.playbook_of(version)
        if found is None:
            raise NotFound(f"The version {version} of the playbook was never in force here.", _SEE)
        return found

    async def _live(self, draft_id: int, revision: int) -> Draft:
        draft = await self.draft(draft_id)
        if not draft.live:
            raise Refused(f"Draft {draft_id} was {draft.state} and cannot be changed any more.", "Begin another.")
        if draft.revision != revision:
            raise WrittenMeanwhile(draft)
        return draft

    async def _sound(self, draft: Draft) -> None:
        """Raise Refused where a draft changes nothing, where another version is in force by now, or where the lint finds errors."""
        found = await self.examine(draft.id)
        if found.base.version != found.current:
            raise MovedOn(draft, found.current, found.moved)
        if not draft.changes:
            raise Refused(f"Draft {draft.id} changes nothing.", "Change a setting first.")
        if found.errors:
            raise Refused(f"Draft {draft.id} cannot be used: {found.errors[0].message}", "Correct what the check finds.")

    async def _written(self, draft: Draft, what: str, said: Mapping[str, object], who: str, **values: object) -> Draft:
        at: datetime = self._ports.clock()
        authors = tuple(dict.fromkeys((*draft.authors, who))) if what in ("changed", "rebased", "proposed") else draft.authors
        after = replace(draft, revision=draft.revision + 1, updated_by=who, updated_at=at, authors=authors, **values)  # type: ignore[arg-type]  # its fields
        if not await self._ports.store.write_draft(after, AuditEntry(f"playbook.draft.{what}", who, "", dict(said))):
            raise WrittenMeanwhile(await self.draft(draft.id))
        return after

    async def _publish(self, publication: Publication, draft: Draft | None, who: str, kind: str) -> Publication:
        data = {
            "base": publication.base, "changes": [one.to_json() for one in publication.changes], "by": publication.by, "why": publication.why,
            **({"draft": draft.id} if draft else {}), **({"to": publication.rolled_back_to} if publication.rolled_back_to else {}),
        }  # fmt: skip
        done = await self._ports.store.publish(publication, draft, AuditEntry(kind, who, f"playbook:{publication.version}", data))
        if done is None:
            raise Refused("Somebody else published or wrote meanwhile, so nothing was done.", "Look at what is in force by now.")
        await self._look()
        return done

    async def _look(self) -> None:
        if self._ports.policies is not None:
            await self._ports.policies.look()


def _values(known: Mapping[Address, Parameter], given: Mapping[Address, str]) -> dict[Address, float | int | str | bool | None]:
    """What was written, as the playbook keeps it. Raises WrongValues, and NotFound for what is no setting."""
    found, faults = {}, {}
    for at, text in given.items():
        if at not in known:
            raise NotFound(f"There is no setting '{at}' that could be changed here.", "Text and expressions are changed in the playbook's files.")
        try:
            found[at] = read(known[at], text)
        except Unfit as error:
            faults[at] = str(error)
    if faults:
        raise WrongValues(faults)
    return found


def _by_play(counts: Mapping[str, tuple[Counted, dict[str, Counted]]]) -> dict[str, Counted]:
    """The counts of each play over all surfaces."""
    found: dict[str, Counted] = {}
    for _, plays in counts.values():
        for name, one in plays.items():
            found[name] = found[name].plus(one) if name in found else one
    return found


def _next(policy: Policy) -> int:
    return (policy.publication.seq if policy.publication else 0) + 1
