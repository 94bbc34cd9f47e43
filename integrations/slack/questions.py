"""What is asked in words: read when it is carried out, with the thread around it, and answered at once or by a decision."""

from dataclasses import dataclass

import structlog

from agent.errors import NextplayError
from agent.service import Nextplay
from integrations.db.slack import Click, Member
from integrations.slack import blocks as b
from integrations.slack.asking import Request, request_of
from integrations.slack.carrying import told_to
from integrations.slack.home import Homes
from integrations.slack.members import Members
from integrations.slack.notices import NOT_FOR_GUESTS, WHY_DECISION
from integrations.slack.requests import DECIDED, Requests
from integrations.slack.web import Does, SlackBusy, SlackRefused, SlackUnsure, SlackWeb
from integrations.telling import words
from integrations.telling.standing import standing
from tools.ports import SourceError

log = structlog.get_logger()

HELP = (
    ("/nextplay article how do I reset a password", "the articles that answer, with the passage; name a ticket (#123) to send one to it"),
    ("/nextplay escalate #123 the customer is down", "the group that can solve it, who is on call, and why"),
    ("/nextplay why dec_…", "the whole story of a decision"),
    ("/nextplay queue", "what waits for you"),
    ("@Nextplay in a thread", "the same, from the thread's own words"),
)
MOST_QUEUED = 10


@dataclass(frozen=True)
class Questions:
    """Answers mentions and direct messages from the desk, and what the command asks for at once."""

    web: SlackWeb
    service: Nextplay
    members: Members
    homes: Homes
    requests: Requests

    async def ask(self, click: Click, member: Member) -> str:
        """Carry out a mention or a direct message. A thread that Slack does not show just now is read later: SlackBusy, SlackUnsure."""
        said = str(click.said.get("text") or "")
        asked = request_of(said, around=await self._thread(click, said))
        if asked.kind in DECIDED:
            return await self.requests.asked(click, member, asked)
        await self._tell(click, await self.told(asked, click.user_id))
        return ""

    async def told(self, asked: Request, user_id: str) -> list[b.Block]:
        """The answer to what needs no decision."""
        why = asked.decision if asked.kind == "why" else None
        if why or asked.kind == "queue":
            try:
                member = await self.members.full(user_id)
            except (SlackRefused, SlackBusy, SlackUnsure) as error:
                log.info("who asks is not known", why=str(error))
                return [line("Slack does not tell who you are just now; please try again in a minute.")]
            return await self._why(why, member) if why else await self._queue(member)
        return help_blocks("Name the decision, for example: /nextplay why dec_0123456789ab." if asked.kind == "why" else "")

    async def _why(self, decision_id: str, member: Member | None) -> list[b.Block]:
        if member is None:
            return [line(NOT_FOR_GUESTS)]
        try:
            await self.service.colleague(member.email)
            decision = await self.service.explain(decision_id)
        except SourceError as error:
            return [line(f"The {error.source} does not answer just now; please try again in a minute.")]
        except NextplayError as error:
            return [line(told_to(member, error))]
        return [b.rich(b.section(*b.told(standing(decision), await self.homes.names.known()))), b.actions(b.button("Why", WHY_DECISION, decision.id))]

    async def _queue(self, member: Member | None) -> list[b.Block]:
        if member is None:
            return [line("Nextplay does not know who you are: ask an operator to add your Slack address to the directory.")]
        mine = [ask for ask in await self.service.waiting() if member.email in ask.asked]
        if not mine:
            return [line("Nothing waits for you.")]
        rows = []
        for ask in sorted(mine, key=lambda one: one.expires_at)[:MOST_QUEUED]:
            title = await self.homes.title_of(ask)
            rows.append([b.words(title, bold=True), b.words(f" as {words.role(ask.needed_role)}, until "), b.moment(ask.expires_at)])
        return [b.rich(b.section(b.words(words.several(len(mine), "ask waits", "asks wait") + " for you", bold=True)), b.bullets(rows))]

    async def _thread(self, click: Click, said: str) -> str:
        """What others wrote in the thread. A thread that may not be read is no reason not to answer."""
        thread = click.said.get("thread")
        if not thread or thread == click.said.get("ts"):
            return ""
        try:
            found = await self.web.read("conversations.replies", channel=click.said["channel"], ts=thread, limit=20)
        except SlackRefused as error:
            log.info("a thread was not read", why=str(error))
            return ""
        texts = [str(message.get("text") or "") for message in found.get("messages") or () if not message.get("bot_id")]
        return " ".join(text for text in texts if text != said)

    async def _tell(self, click: Click, blocks: list[b.Block]) -> None:
        """To this person alone in a channel, and as a message in our direct messages. Nobody is told twice because an answer got lost."""
        place = {"channel": click.said["channel"], "thread_ts": click.said.get("thread")}
        method: Does = "chat.postMessage" if click.said.get("direct") else "chat.postEphemeral"
        try:
            await self.web.call(method, text="Nextplay", blocks=blocks, user=None if click.said.get("direct") else click.user_id, **place)
        except (SlackRefused, SlackUnsure) as error:
            log.info("an answer was not delivered", method=method, why=str(error))


def help_blocks(first: str = "") -> list[b.Block]:
    """What can be asked, each with an example."""
    rows = [[b.words(command, code=True), b.words(f"  {about}")] for command, about in HELP]
    return [*([line(first)] if first else []), b.rich(b.section(b.words("What you can ask", bold=True)), b.bullets(rows))]


def line(text: str) -> b.Block:
    """One sentence."""
    return b.rich(b.section(b.words(text)))
