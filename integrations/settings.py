"""Every setting, and the only reader of the environment (and of a `.env` file in the working directory).

`python -m integrations.settings` prints `.env.example`.
"""

import re
import sys
import textwrap
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, PrivateAttr, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from agent.errors import InvalidInput
from integrations.rotation import Rotation
from integrations.secret_checks import check_base64_key, check_not_placeholder, is_published

PREFIX = "NEXTPLAY_"
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


def _split(value: Any) -> Any:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}")

Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split)]
"""A comma-separated list: any one of them is accepted, so that a secret can be rotated without a gap."""

Names = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_split)]
"""A comma-separated list."""

_ROTATION = " Several may be given, separated by commas, while one is rotated out. Unset: the door is closed (404)."


class Settings(BaseSettings):
    """The settings of one deployment. Secrets never appear in its text form or in validation errors."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        validate_by_name=True,
        validate_by_alias=True,
    )

    secrets_dir: Path | None = None
    """A folder of files that are named like these variables and hold one value each, as Docker and Kubernetes mount secrets. Secrets in it, and
    in .env, may be changed while the server runs."""
    database_url: SecretStr = SecretStr("sqlite:///.nextplay/nextplay.db")
    """Where everything is kept: sqlite:///PATH (one process does everything), or postgresql+psycopg://USER:PASSWORD@HOST/NAME
    (any number of `nextplay worker`; needs the extra nextplay[postgres])."""
    playbook: Path | None = None
    """The folder of surfaces, plays and rules. Unset: the playbook that ships."""
    vendor: str = Field("Tessera", min_length=1)
    """Your company's name, as messages to customers use it."""
    audit_key_file: Path | None = None
    """The key that seals the audit log; by default a file beside the database, and to be named where that is on a server. Keep it where database
    administrators cannot read it."""

    host: str = "127.0.0.1"
    """The address to listen on. 0.0.0.0 opens it to the network: put TLS in front."""
    port: int = Field(8000, ge=0, le=65535)
    """The port to listen on. 0 picks a free one."""
    public_url: str | None = None
    """The address under which others reach this server, e.g. https://nextplay.example.com. HubSpot signs it, and links
    use it."""
    console_admins: Names = ()
    """Addresses, separated by commas, of people who are always admins of the console, whatever its page of people says."""
    console_proxy_from: Names = ()
    """Addresses of the proxies in front of this server, such as 10.0.0.4 or 10.1.0.0/16, separated by commas. Only from them X-Forwarded-For
    and the header below are believed."""
    console_proxy_header: str | None = None
    """The header in which such a proxy says who is signed in, by e-mail address: X-Forwarded-Email. Whoever else sends it is refused. Unset: off."""
    oidc_issuer: str | None = None
    """The OpenID Connect provider that people sign in to the console with: https://accounts.google.com, or https://slack.com for Sign in with
    Slack. Its app's redirect address is NEXTPLAY_PUBLIC_URL and /console/oidc/back."""
    oidc_client_id: str | None = None
    """Client id of the app at that provider."""
    oidc_client_secret: SecretStr | None = None
    """Client secret of that app."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    """The least severe log line to write: DEBUG, INFO, WARNING or ERROR."""
    log_format: Literal["json", "console"] = "json"
    """json: one object a line, for machines. console: for people."""

    metrics_token: SecretStr | None = Field(None, min_length=16)
    """The bearer token that /metrics is asked for with. Unset: it answers to this machine alone, and to nobody where NEXTPLAY_HOST or
    NEXTPLAY_PUBLIC_URL lets others in."""
    otel_endpoint: str | None = Field(None, validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    """Where spans are sent by OTLP over HTTP, e.g. http://localhost:4318 (needs the extra nextplay[otel]). Unset: none are drawn."""
    otel_headers: SecretStr = Field(SecretStr(""), validation_alias="OTEL_EXPORTER_OTLP_HEADERS")
    """Headers that the collector wants, name=value, separated by commas."""

    retain_bodies_days: int = Field(90, ge=0)
    """Days for which the bytes of events are kept after their run has closed, and deliveries in quarantine. 0 here and below: for ever."""
    retain_evidence_days: int = Field(0, ge=0)
    """Days for which it is kept what a decision was made from. After that it cannot be replayed or simulated."""
    retain_messages_days: int = Field(180, ge=0)
    """Days for which messages that colleagues were sent are kept, here and as Slack was given them."""
    retain_sessions_days: int = Field(30, ge=0)
    """Days for which sessions, links and tokens are kept after their end."""
    retain_copies_days: int = Field(90, ge=0)
    """Days for which records are kept that were deleted in your systems."""

    hubspot_webhook_secrets: Secrets = ()
    """Client secret of the HubSpot app."""
    hubspot_legacy_signatures: bool = False
    """Also accept HubSpot's v1 and v2 signatures, which carry no time and so cannot be told from a replay."""
    zendesk_webhook_secrets: Secrets = ()
    """Signing secret of the Zendesk webhook."""
    salesforce_webhook_secrets: Secrets = ()
    """Secret that the Salesforce flow sends in the header X-Nextplay-Secret."""
    generic_webhook_secrets: Secrets = ()
    """Standard Webhooks secret of /webhooks/generic: whsec_ and base64."""
    webhook_concurrency: int = Field(64, ge=1)
    """Verified webhook requests that are stored at the same time. More get 503 and are sent again by their sender."""

    backlog: int = Field(50_000, ge=1)
    """Events that may wait to be decided. While there are more, senders get 503, keep theirs, and send them again."""

    crm: Literal["sandbox", "hubspot", "salesforce"] = "sandbox"
    """Where accounts, contacts and deals are kept: hubspot, salesforce, or the local sandbox."""
    helpdesk: Literal["sandbox", "zendesk"] = "sandbox"
    """Where tickets are kept: zendesk, or the local sandbox."""
    vendor_fields: Path | None = None
    """A YAML file that says which of a vendor's fields and stages mean what (docs/connecting.md). Unset: the defaults."""
    vendor_directory: Path | None = None
    """A YAML file in the format of docs/sandbox.md with what no vendor knows: roles and managers of colleagues (matched
    by address), areas and tiers of groups, calendars, exchange rates."""

    hubspot_token: SecretStr | None = None
    """Access token of the HubSpot app, for one account. Or OAuth: the three below."""
    hubspot_client_id: str | None = None
    """Client id of the HubSpot app."""
    hubspot_client_secret: SecretStr | None = None
    """Client secret of the HubSpot app."""
    hubspot_refresh_token: SecretStr | None = None
    """Refresh token that the installation of the HubSpot app gave."""
    hubspot_url: str = "https://api.hubapi.com"
    """Where HubSpot's API answers."""

    zendesk_subdomain: str | None = None
    """The first part of your Zendesk address: acme of acme.zendesk.com."""
    zendesk_client_id: str | None = None
    """Identifier of the Zendesk OAuth client."""
    zendesk_client_secret: SecretStr | None = None
    """Secret of the Zendesk OAuth client."""
    zendesk_url: str | None = None
    """Where Zendesk's API answers. Unset: https://SUBDOMAIN.zendesk.com"""

    salesforce_url: str | None = None
    """Your My Domain address: https://acme.my.salesforce.com"""
    salesforce_client_id: str | None = None
    """Consumer key of the External Client App."""
    salesforce_client_secret: SecretStr | None = None
    """Consumer secret, for the client credentials flow. Or JWT bearer: the two below."""
    salesforce_username: str | None = None
    """The integration user that the JWT bearer flow speaks for."""
    salesforce_key_file: Path | None = None
    """The private key (PEM) whose certificate the External Client App holds."""

    mail_host: str | None = None
    """The SMTP server for messages of plays with `by: mail` (docs/mail.md); it needs a CRM that is connected. Unset: nothing is
    mailed."""
    mail_port: int = Field(587, ge=1, le=65535)
    """Its port: 587 with starttls, 465 with implicit."""
    mail_tls: Literal["starttls", "implicit"] = "starttls"
    """How the line is guarded: starttls, or implicit (from the first byte). There is no third: nothing is sent in the open."""
    mail_user: str | None = None
    """Who signs in there."""
    mail_password: SecretStr | None = None
    """With which password, or app password."""
    mail_domains: Names = ()
    """Your own domains, separated by commas. Mail is sent in the name of an owner whose address is in one of them, and in no other's."""
    mail_from: str | None = None
    """One address that everything is sent from, with answers to the owner (Reply-To). Unset: each owner's own address."""
    mail_unsubscribe: str | None = None
    """Where one objects to marketing: mailto:ADDRESS or an https address, in which {contact} is the contact's id. It becomes the
    header List-Unsubscribe."""
    mail_ca_file: Path | None = None
    """Certificates (PEM) of the authorities that the server's certificate may come from. Unset: the system's."""

    slack_mode: Literal["off", "http", "socket"] = "off"
    """off; http: Slack calls this server (needs SLACK_SIGNING_SECRET); socket: this server calls Slack (needs
    SLACK_APP_TOKEN). Both need SLACK_BOT_TOKEN."""
    slack_bot_token: SecretStr | None = Field(None, validation_alias="SLACK_BOT_TOKEN")
    """Bot token of the Slack app (xoxb-)."""
    slack_signing_secret: SecretStr | None = Field(None, validation_alias="SLACK_SIGNING_SECRET")
    """Signing secret of the Slack app."""
    slack_app_token: SecretStr | None = Field(None, validation_alias="SLACK_APP_TOKEN")
    """App-level token for socket mode (xapp-)."""
    slack_api_url: str = Field("https://slack.com/api/", validation_alias="SLACK_API_URL")
    """Where Slack's Web API answers."""

    openai_api_key: SecretStr | None = Field(None, validation_alias="OPENAI_API_KEY")
    """Key of the model endpoint. Unset: content comes from templates, and search is local."""
    openai_base_url: str | None = Field(None, validation_alias="OPENAI_BASE_URL")
    """Any OpenAI-compatible endpoint. Unset: OpenAI's own."""
    llm_model: str = Field("gpt-5-mini", min_length=1)
    """The model that words messages; `nextplay eval run --judge` lets it judge wording."""
    triage_llm: bool = False
    """true: that model also chooses, from the list, the kind of issue and the module of tickets of which nothing else tells them."""
    llm_timeout_s: float = Field(20, gt=0)
    """Seconds to wait for the model before the template is used."""
    llm_max_output_tokens: int = Field(1500, ge=1)
    """The longest answer to ask for, in tokens."""
    llm_calls_per_minute: int = Field(60, ge=0)
    """Calls to the model a minute; beyond that, templates. 0: none."""
    llm_tokens_per_day: int = Field(2_000_000, ge=0)
    """Tokens a day, in and out; beyond that, templates. 0: none."""

    embedding: Literal["auto", "local", "off"] = "auto"
    """What texts are compared by beside their words. auto: the model on this machine, where `nextplay[semantic]` is installed; local: not without
    it; off: words alone. NEXTPLAY_EMBEDDING_URL comes before it."""
    embedding_url: str | None = None
    """An OpenAI-compatible endpoint that embeds texts instead, such as https://api.openai.com/v1. Tickets and questions are sent there, without
    personal data."""
    embedding_model: str = Field("text-embedding-3-small", min_length=1)
    """The model at that endpoint. Another one, and every article is embedded anew."""
    embedding_api_key: SecretStr | None = None
    """Key of that endpoint. Leave it empty where it needs none: the word none is sent then, because the protocol wants a key."""

    eval_results: Path | None = None
    """What `nextplay eval run --json` printed of all suites, or a folder of accepted baselines. Launch checks judge by it whether dangerous errors
    are zero: those of the console, and those of the command line without --evals. Unset: the console finds no surface ready."""

    undo_s: int = Field(60, ge=0)
    """Seconds for which a customer-visible effect waits, so that Undo can cancel it."""
    gather_deadline_s: float = Field(5, gt=0)
    """Seconds that sources have to answer for one decision. What comes later is missing."""
    debounce_s: int = Field(120, ge=0)
    """Seconds within which several changes of one subject are decided as one."""
    bulk_per_minute: int = Field(120, ge=1)
    """Changes by one actor a minute above which they are held back as a bulk change."""

    @field_validator(
        "hubspot_webhook_secrets",
        "zendesk_webhook_secrets",
        "salesforce_webhook_secrets",
        "generic_webhook_secrets",
        "slack_signing_secret",
        "slack_bot_token",
        "slack_app_token",
        "mail_password",
        "oidc_client_secret",
        "metrics_token",
    )
    @classmethod
    def _no_placeholders(cls, value: Any) -> Any:
        for secret in _each(value):
            check_not_placeholder(secret)
        return value

    @field_validator("generic_webhook_secrets")
    @classmethod
    def _standard_keys(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for secret in _each(value):
            check_base64_key(secret)
        return value

    @field_validator("public_url")
    @classmethod
    def _plain_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        extras = parts.query or parts.fragment or parts.username
        if parts.scheme not in ("http", "https") or not parts.hostname or extras:
            raise ValueError("must be an address such as https://nextplay.example.com, without query or user name")
        return value.rstrip("/")

    @field_validator("console_admins")
    @classmethod
    def _addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"[^\s@]+@[^\s@]+", one) for one in value):
            raise ValueError("must be e-mail addresses, separated by commas")
        return tuple(one.lower() for one in value)

    @field_validator("console_proxy_from")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for one in value:
            try:
                network = ip_network(one)
            except ValueError:
                raise ValueError("must be addresses such as 10.0.0.4 or 10.1.0.0/16, separated by commas") from None
            if network.prefixlen == 0:
                raise ValueError("must not hold every address there is: then anybody could say who they are")
        return value

    @field_validator("console_proxy_header")
    @classmethod
    def _header_name(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{2,63}", value):
            raise ValueError("must be the name of a header such as X-Forwarded-Email")
        return value

    @field_validator("otel_endpoint")
    @classmethod
    def _http_address(cls, value: str | None) -> str | None:
        if value is not None and urlsplit(value).scheme not in ("http", "https"):
            raise ValueError("must be an http or https address such as http://localhost:4318")
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _safe_issuer(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = urlsplit(value)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL_HOSTS)
        if not safe or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise ValueError("must be an address such as https://accounts.example.com, without query or user name")
        return value

    @field_validator("mail_host")
    @classmethod
    def _bare_host(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Za-z0-9.-]+|[0-9a-fA-F:]+", value):
            raise ValueError("must be the name of a host such as smtp.example.com, without port or scheme")
        return value

    @field_validator("mail_domains")
    @classmethod
    def _bare_domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_DOMAIN.fullmatch(one) for one in value):
            raise ValueError("must be domains such as example.com, separated by commas")
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, value: str | None) -> str | None:
        local, _, domain = (value or "").rpartition("@")
        if value is not None and not (re.fullmatch(r"[A-Za-z0-9._+-]+", local) and _DOMAIN.fullmatch(domain)):
            raise ValueError("must be one address such as hello@example.com")
        return value

    @field_validator("mail_unsubscribe")
    @classmethod
    def _where_one_objects(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"(mailto:[^\s<>@]+@[^\s<>@]+|https://[^\s<>]+)", value):
            raise ValueError("must be mailto:ADDRESS or an https address")
        return value

    @model_validator(mode="after")
    def _slack_is_complete(self) -> Self:
        needs = {"http": "SLACK_SIGNING_SECRET", "socket": "SLACK_APP_TOKEN"}.get(self.slack_mode)
        for name in ("SLACK_BOT_TOKEN", needs) if needs else ():
            if getattr(self, name.lower()) is None:
                raise ValueError(f"NEXTPLAY_SLACK_MODE={self.slack_mode} needs {name}")
        return self

    @model_validator(mode="after")
    def _mail_is_complete(self) -> Self:
        if self.mail_host is None:
            return self
        if self.crm == "sandbox":
            raise ValueError("NEXTPLAY_MAIL_HOST needs a CRM that is connected (NEXTPLAY_CRM): whom the sandbox knows is mailed to by nobody")
        if not self.mail_domains:
            raise ValueError("NEXTPLAY_MAIL_HOST needs NEXTPLAY_MAIL_DOMAINS")
        if (self.mail_user is None) != (self.mail_password is None):
            raise ValueError("NEXTPLAY_MAIL_USER and NEXTPLAY_MAIL_PASSWORD belong together")
        if self.mail_from is not None and self.mail_from.rpartition("@")[2].lower() not in {one.lower() for one in self.mail_domains}:
            raise ValueError("NEXTPLAY_MAIL_FROM must be at one of NEXTPLAY_MAIL_DOMAINS")
        return self

    @model_validator(mode="after")
    def _oidc_is_complete(self) -> Self:
        missing = [name for name in ("oidc_issuer", "oidc_client_id", "oidc_client_secret") if getattr(self, name) is None]
        if 0 < len(missing) < 3:
            raise ValueError(f"to sign in by OpenID Connect, {env_name(missing[0])} is missing")
        return self

    @model_validator(mode="after")
    def _no_published_secrets(self) -> Self:
        if not self.is_local:
            for name in type(self).model_fields:
                if any(is_published(secret) for secret in _each(getattr(self, name))):
                    raise ValueError(f"{env_name(name)} holds a secret printed in public documentation; make your own")
        return self

    _rotation: Rotation | None = PrivateAttr(None)

    def now(self) -> Self:
        """The same with secrets as they are at this moment. Doors and callers ask for them so, at each use."""
        changed = self._rotation.values() if self._rotation else {}
        return self.model_copy(update=dict(changed)) if changed else self

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server, as far as the settings tell."""
        public = urlsplit(self.public_url).hostname if self.public_url else None
        return self.host in LOCAL_HOSTS and (public is None or public in LOCAL_HOSTS)

    @property
    def address(self) -> str:
        """Where people reach this server: the public address, else the one that it listens on."""
        name = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104  compared, not bound
        return (self.public_url or f"http://{f'[{name}]' if ':' in name else name}:{self.port}").rstrip("/")

    @property
    def in_real_time(self) -> tuple[str, ...]:
        """The systems of record that are not on this machine: theirs is the real time, and it cannot be stopped or moved."""
        connected = (name for name in (self.crm, self.helpdesk) if name != "sandbox")
        return tuple(name for name in connected if urlsplit(getattr(self, f"{name}_url") or "").hostname not in LOCAL_HOSTS)


def _each(value: Any) -> Iterable[str]:
    """Yield the secrets in a field's value."""
    for part in value if isinstance(value, tuple) else (value,):
        if isinstance(part, SecretStr):
            yield part.get_secret_value()


def env_name(field: str) -> str:
    """Name the environment variable of a field."""
    alias = Settings.model_fields[field].validation_alias
    return alias if isinstance(alias, str) else f"{PREFIX}{field.upper()}"


ROTATED = (
    "hubspot_webhook_secrets", "zendesk_webhook_secrets", "salesforce_webhook_secrets", "generic_webhook_secrets", "slack_signing_secret",
    "slack_bot_token", "slack_app_token", "hubspot_token", "hubspot_client_secret", "hubspot_refresh_token", "zendesk_client_secret",
    "salesforce_client_secret", "metrics_token", "openai_api_key",
)  # fmt: skip
"""Secrets that are asked for at each use."""


class _Where(BaseSettings):
    """Where secrets stand: known before they are read."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="ignore")
    secrets_dir: Path | None = None


def load(env_file: str | None = ".env") -> Settings:
    """Read the settings. Raises InvalidInput with one sentence that names each wrong variable and never its value."""
    folder = _Where(_env_file=env_file).secrets_dir
    if folder is not None and not folder.is_dir():
        raise InvalidInput(f"NEXTPLAY_SECRETS_DIR is {folder}, and that is no folder.", "Name the one that holds the secrets, or unset it.")

    def read() -> dict[str, Any]:
        fresh = _read(env_file, folder)
        return {name: getattr(fresh, name) for name in ROTATED}

    def files() -> list[Path]:
        return [*([Path(env_file)] if env_file else []), *(sorted(folder.iterdir()) if folder and folder.is_dir() else [])]

    settings = _read(env_file, folder)
    settings._rotation = Rotation(files, read)  # noqa: SLF001  of its own class
    return settings


def _read(env_file: str | None, folder: Path | None) -> Settings:
    try:
        return Settings(_env_file=env_file, _secrets_dir=folder)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
        wrong = "; ".join(_sentence(part["loc"], part["msg"]) for part in found)
    # Raised outside the handler: its cause would be shown, and is not ours to word.
    raise InvalidInput(
        f"The settings are not valid: {wrong}.",
        "Correct them in the environment or in .env; .env.example explains each.",
    )


def _sentence(where: tuple[int | str, ...], message: str) -> str:
    message = message.removeprefix("Value error, ")
    if not where:
        return message
    field = str(where[0])
    name = env_name(field) if field in Settings.model_fields else field
    return f"{name} {message[0].lower()}{message[1:]}"


def example() -> str:
    """Render `.env.example`: every setting with its meaning and its default."""
    head = textwrap.dedent("""\
        # Settings of Nextplay. Copy this file to .env.
        # Made by `python -m integrations.settings`; do not edit it by hand.
    """)
    return "\n".join([head, *(_entry(name, field) for name, field in Settings.model_fields.items())])


def _entry(name: str, field: FieldInfo) -> str:
    about = (field.description or "") + (_ROTATION if name.endswith("_secrets") else "")
    lines = textwrap.wrap(about, 110, initial_indent="# ", subsequent_indent="# ")
    return "\n".join([*lines, f"{env_name(name)}={_shown(field.default)}", ""])


def _shown(default: Any) -> str:
    if default is None or default == ():
        return ""
    if isinstance(default, SecretStr):
        return default.get_secret_value()
    return str(default).lower() if isinstance(default, bool) else str(default)


if __name__ == "__main__":
    sys.stdout.write(example())
