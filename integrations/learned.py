"""The model in force: the one that reigns in the database, else the last that can be read, else the priors."""

import structlog

from agent.domain.model import PRIORS, Model
from agent.learning.storing import Unreadable, model_from_json
from integrations.db.store import SqlStore

log = structlog.get_logger()


class Learned:
    """Implements `agent.deployment.Models`. A model that cannot be read never decides, and never keeps anything from being decided."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._known: dict[str, Model] = {PRIORS.version: PRIORS}
        self._current = PRIORS
        self.refused: Unreadable | None = None

    def __call__(self) -> Model:
        """The model in force as of the last look."""
        return self._current

    async def of(self, version: str) -> Model | None:
        """A model by its name; None where there is no such model, or it cannot be read."""
        try:
            return await self._read(version)
        except Unreadable:
            return None

    async def look(self) -> None:
        """Take over what the database says is in force; cheap when it did not change."""
        self.refused, found = None, PRIORS
        for version in dict.fromkeys(reign.version for reign in await self._store.reigns()):
            try:
                found = await self._read(version) or PRIORS
                break
            except Unreadable as error:
                self.refused = self.refused or error
        if self.refused is not None and found.version != self._current.version:
            log.warning("model refused", why=self.refused.message, stays=found.version)
        self._current = found

    def warning(self) -> str:
        """What people must know while another model decides than should; empty when all is well."""
        if self.refused is None:
            return ""
        stays = "the plays' priors decide" if self._current is PRIORS else f"{self._current.version}, the last that can be read, decides"
        return f"{self.refused.message} Meanwhile {stays}. {self.refused.next_step}"

    async def _read(self, version: str) -> Model | None:
        """Raises Unreadable."""
        if version not in self._known:
            text = await self._store.model_parameters(version)
            if text is None:
                return None
            self._known[version] = model_from_json(version, text)
        return self._known[version]
