"""What a form sends: its fields, and nothing that could hurt what comes after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

from agent.errors import InvalidInput
from integrations.webhooks.reading import read_body

MOST_FIELDS = 2_000
TYPE = "application/x-www-form-urlencoded"
TOKEN = "form_token"  # noqa: S105  the field's name
TOKEN_HEADER = "x-form-token"  # noqa: S105  the header's name


@dataclass(frozen=True, slots=True)
class Form:
    """The fields in the order in which they were sent; a name may come several times."""

    fields: Sequence[tuple[str, str]]

    def all(self, name: str) -> list[str]:
        """Every value of a name."""
        return [value for key, value in self.fields if key == name]

    def text(self, name: str, *, most: int = 4_000) -> str:
        """The value of a name without blanks around it; empty where it was not sent. Raises InvalidInput for one that is too long."""
        value = next(iter(self.all(name)), "").strip()
        if len(value) > most:
            raise InvalidInput(f"The field '{name}' is longer than {most:,} characters.", "Shorten it, and send the form again.")
        return value

    def need(self, name: str, what: str) -> str:
        """The value of a name that must not be empty. Raises InvalidInput; `what` says what is missing."""
        value = self.text(name)
        if not value:
            raise InvalidInput(f"{what} is missing.", "Fill it in, and send the form again.")
        return value

    @property
    def kept(self) -> list[tuple[str, str]]:
        """All but the token: what is shown again when the form could not be taken."""
        return [(name, value) for name, value in self.fields if name != TOKEN]


async def form_of(request: Request) -> Form:
    """The form of a request; read once. Raises HTTPException 413, 415 and 400."""
    if not hasattr(request.state, "form"):
        request.state.form = _parsed(await read_body(request), request.headers)
    form: Form = request.state.form
    return form


def _parsed(raw: bytes, headers: Mapping[str, str]) -> Form:
    if headers.get("content-type", "").partition(";")[0].strip().lower() != TYPE:
        if not raw:
            return Form(())
        raise HTTPException(415, f"A form is sent as {TYPE}.")
    try:
        fields = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise HTTPException(400, "The form could not be read.") from None
    return Form([(name, value.replace("\x00", "").replace("\r\n", "\n")) for name, value in fields])
