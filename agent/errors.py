"""The errors that people see. A subclass's first docstring line is its default message.

    NextplayError     1   something failed
    ├── Unavailable   1   try again later
    ├── InvalidInput  2   the input is wrong
    ├── NotFound      3   there is no such thing
    ├── Refused       4   policy or state forbids it
    └── Unauthorised  4   this person may not

The number is the exit code of the command line; the HTTP doors map the classes to status codes.
"""

from typing import ClassVar


class NextplayError(Exception):
    """Nextplay could not do this."""

    default_exit_code: ClassVar[int] = 1

    def __init__(self, message: str = "", next_step: str = "", exit_code: int | None = None) -> None:
        self.message = message or (type(self).__doc__ or "").partition("\n")[0]
        self.next_step = next_step
        self.exit_code = self.default_exit_code if exit_code is None else exit_code
        super().__init__(f"{self.message} {next_step}".strip())


class Unavailable(NextplayError):
    """Something that Nextplay needs does not answer at the moment."""


class InvalidInput(NextplayError):
    """The input is not valid."""

    default_exit_code = 2


class NotFound(NextplayError):
    """There is no such thing."""

    default_exit_code = 3


class Refused(NextplayError):
    """The present state or policy does not allow this."""

    default_exit_code = 4


class Unauthorised(NextplayError):
    """You may not do this."""

    default_exit_code = 4
