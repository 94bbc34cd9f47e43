"""Letting people use the console, and taking them off it: the same from the console itself and from the command line."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from agent.errors import NotFound, Refused
from integrations.sessions import ConsoleRole, ConsoleStore, Member, check_email, check_role, new_link, role_of


@dataclass(frozen=True, slots=True)
class Admission:
    """Who may enter. `admins` always may: the settings name them. `random` must be fit for secrets."""

    store: ConsoleStore
    admins: Collection[str]
    random: Callable[[int], bytes]

    async def role(self, email: str) -> ConsoleRole | None:
        """In which role somebody may use the console; None for who may not."""
        kept = await self.store.member(email)
        return role_of(email, kept.role if kept else None, self.admins)

    async def roles(self) -> dict[str, ConsoleRole]:
        """Everybody who may use the console, by address, those whom the settings name first."""
        named: dict[str, ConsoleRole] = dict.fromkeys(self.admins, "admin")
        return named | {one.email: one.role for one in await self.store.members() if one.email not in named}

    async def let_in(self, email: str, role: str, *, by: str, at: datetime, keeping_an_admin: bool = False) -> tuple[Member, bool]:
        """Let somebody in, or change their role; who they are now, and whether that is new. Raises InvalidInput, and Refused for the last admin."""
        member = Member(check_email(email), check_role(role), by, at)
        self._not_by_settings(member.email, member.role)
        return member, await self.store.let_in(member, keeping_an_admin=keeping_an_admin and not self.admins)

    async def take_off(self, email: str, *, by: str, at: datetime, keeping_an_admin: bool = False) -> str:
        """Take somebody off, and end their sessions; returns their address. Raises NotFound for who is not on it, and Refused for the last admin."""
        known = check_email(email)
        self._not_by_settings(known, None)
        if not await self.store.take_off(known, by=by, at=at, keeping_an_admin=keeping_an_admin and not self.admins):
            raise NotFound(f"{known} is not on the console.", "Who is: nextplay people list")
        return known

    async def link(self, email: str, address: str, at: datetime) -> str:
        """A link that lets somebody in, once, at a server's address. Raises NotFound for who may not use the console."""
        known = check_email(email)
        if await self.role(known) is None:
            raise NotFound(f"{known} may not use the console.", f"An admin can change that: nextplay people allow {known} --role ROLE")
        secret, made = new_link(known, at, self.random)
        await self.store.add_link(made)
        return f"{address}/console/enter?link={secret}"

    def _not_by_settings(self, email: str, role: ConsoleRole | None) -> None:
        if email in self.admins and role != "admin":
            raise Refused(f"{email} is an admin by the settings.", "Take the address out of NEXTPLAY_CONSOLE_ADMINS first.")
