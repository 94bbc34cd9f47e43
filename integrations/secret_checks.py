"""Whether a configured secret can be one: placeholders, and secrets that vendors print in their manuals, are not."""

import base64
import binascii
import hashlib
import re

_PLACEHOLDER = re.compile(
    r"""
    <.*> | \[.*\] | \{.*\} | \$\{?\w*\}? | (.)\1*                         # <secret>, ${SECRET}, xxxx, ****
    | .*\.\.\. | .*…                                                      # xoxb-...
    | .*(?<![a-z])(?:change|replace)[-_ ]?(?:me|this|it)(?![a-z]).*
    | (?:.*[-_ ])?your[-_ ].*
    | (?:(?:an?|my|the|some)[-_ ])?
      (?:secrets?|password|token|key|example|placeholder|dummy|sample|todo|none|null|unset)
      (?:[-_ ]?(?:secret|value|key|token|here|goes[-_ ]here))?
    """,
    re.IGNORECASE | re.VERBOSE,
)

# SHA-256 of public secrets: Zendesk's fixed test secret, and the samples in Slack's and Standard Webhooks' manuals.
_PUBLISHED = frozenset(
    {
        "2590388f27dccae86911009528d7f302a6909c6ef2ce2a8630274270c49f9979",
        "6adbfd178516c8efe5896d4d0d66d2704d167cbb4ca881efde33af658d39826f",
        "96ad2ccd81462a766178ae09a71df55f548a3f66da11606f9cdf40b391e22dd0",
    }
)


def check_not_placeholder(secret: str) -> None:
    """Raise ValueError when the text stands for a secret that somebody still has to fill in."""
    if _PLACEHOLDER.fullmatch(secret.strip()) or not secret.strip():
        raise ValueError("holds a placeholder instead of a secret; paste the real one, or leave it unset")


def check_base64_key(secret: str) -> None:
    """Raise ValueError unless the secret is a Standard Webhooks key: base64 with or without `whsec_` in front."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("must be whsec_ followed by base64, e.g. the output of: echo whsec_$(openssl rand -base64 32)")


def is_published(secret: str) -> bool:
    """Whether everybody can read this secret in a vendor's documentation."""
    return hashlib.sha256(secret.encode()).hexdigest() in _PUBLISHED
