import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agent.errors import InvalidInput
from integrations.settings import Settings, env_name, example, load

ROOT = Path(__file__).parents[2]

STABLE_NAMES = {
    "NEXTPLAY_DATABASE_URL",
    "NEXTPLAY_PLAYBOOK",
    "NEXTPLAY_PUBLIC_URL",
    "NEXTPLAY_HUBSPOT_WEBHOOK_SECRETS",
    "NEXTPLAY_ZENDESK_WEBHOOK_SECRETS",
    "NEXTPLAY_SALESFORCE_WEBHOOK_SECRETS",
    "NEXTPLAY_GENERIC_WEBHOOK_SECRETS",
    "NEXTPLAY_SLACK_MODE",
    "SLACK_BOT_TOKEN",
    "SLACK_SIGNING_SECRET",
    "SLACK_APP_TOKEN",
    "SLACK_API_URL",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "NEXTPLAY_LLM_MODEL",
}


@pytest.mark.parametrize(
    ("said", "real"),
    [
        ({}, ()), ({"crm": "hubspot"}, ("hubspot",)), ({"crm": "salesforce", "helpdesk": "zendesk"}, ("salesforce", "zendesk")),
        ({"crm": "hubspot", "hubspot_url": "http://127.0.0.1:4000"}, ()),
        ({"crm": "hubspot", "hubspot_url": "http://localhost:4000", "helpdesk": "zendesk", "zendesk_url": "https://a.zendesk.com"}, ("zendesk",)),
        ({"helpdesk": "zendesk", "zendesk_subdomain": "acme"}, ("zendesk",)),
    ],
)  # fmt: skip
def test_whose_time_is_the_real_one(said: dict[str, Any], real: tuple[str, ...]) -> None:
    assert Settings(_env_file=None, **said).in_real_time == real


ZENDESK_TEST_SECRET = "dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ=="


@pytest.fixture(autouse=True)
def clean_environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("NEXTPLAY_", "SLACK_", "OPENAI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def secrets_of(settings: Settings, field: str) -> list[str]:
    return [secret.get_secret_value() for secret in getattr(settings, field)]


def test_works_with_nothing_set() -> None:
    settings = load()
    assert settings.database_url.get_secret_value() == "sqlite:///.nextplay/nextplay.db"
    assert settings.hubspot_webhook_secrets == ()
    assert settings.slack_mode == "off"
    assert settings.is_local


def test_the_stable_names_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {env_name(field) for field in Settings.model_fields}
    assert known >= STABLE_NAMES
    monkeypatch.setenv("NEXTPLAY_UNDO_S", "5")
    monkeypatch.setenv("OPENAI_API_KEY", "x")
    settings = load()
    assert settings.undo_s == 5
    assert settings.openai_api_key is not None
    assert settings.openai_api_key.get_secret_value() == "x"


def test_every_setting_is_described() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_example_file_is_current() -> None:
    assert (ROOT / ".env.example").read_text() == example(), "run: python -m integrations.settings > .env.example"


def test_the_example_file_is_printed_and_can_be_used_as_it_is(tmp_path: Path) -> None:
    printed = subprocess.run([sys.executable, "-m", "integrations.settings"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    (tmp_path / ".env").write_text(printed)
    assert load() == load(env_file=None)
    assert all(f"\n{name}=" in printed for name in STABLE_NAMES)


def test_secrets_are_lists_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTPLAY_HUBSPOT_WEBHOOK_SECRETS", " first-key , second-key,")
    assert secrets_of(load(), "hubspot_webhook_secrets") == ["first-key", "second-key"]


def test_an_empty_variable_is_an_unset_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTPLAY_ZENDESK_WEBHOOK_SECRETS", "")
    monkeypatch.setenv("SLACK_BOT_TOKEN", "")
    settings = load()
    assert settings.zendesk_webhook_secrets == ()
    assert settings.slack_bot_token is None


def test_secrets_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTPLAY_HUBSPOT_WEBHOOK_SECRETS", "hush-hush-1")
    monkeypatch.setenv("OPENAI_API_KEY", "hush-hush-2")
    monkeypatch.setenv("NEXTPLAY_DATABASE_URL", "postgresql://nextplay:hush-hush-3@db/nextplay")
    settings = load()
    assert "hush-hush" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    "placeholder",
    ["changeme", "CHANGE-ME", "secret", "<your secret>", "your-secret-here", "xxxxxxxx", "***", "xoxb-...", "${SECRET}",
     "replace_me_please", "example", "a-secret", "hubspot-your-secret"],
)  # fmt: skip
def test_refuses_placeholders(monkeypatch: pytest.MonkeyPatch, placeholder: str) -> None:
    monkeypatch.setenv("NEXTPLAY_HUBSPOT_WEBHOOK_SECRETS", f"a-real-one-9f2c,{placeholder}")
    with pytest.raises(InvalidInput, match="NEXTPLAY_HUBSPOT_WEBHOOK_SECRETS holds a placeholder"):
        load()


@pytest.mark.parametrize("secret", ["hs-secret-1", "test-secret", "9f2c", "yy-zz", "secretive", "my-keyring-77"])
def test_takes_short_and_odd_secrets(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("NEXTPLAY_ZENDESK_WEBHOOK_SECRETS", secret)
    assert secrets_of(load(), "zendesk_webhook_secrets") == [secret]


@pytest.mark.parametrize(
    ("name", "value"), [("NEXTPLAY_PUBLIC_URL", "https://nextplay.example.com"), ("NEXTPLAY_HOST", "0.0.0.0")]  # noqa: S104  the case
)  # fmt: skip
def test_refuses_published_secrets_once_others_can_reach_it(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv("NEXTPLAY_ZENDESK_WEBHOOK_SECRETS", ZENDESK_TEST_SECRET)
    monkeypatch.setenv("NEXTPLAY_PUBLIC_URL", "http://localhost:8000")
    assert load().zendesk_webhook_secrets
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput, match="NEXTPLAY_ZENDESK_WEBHOOK_SECRETS holds a secret printed in public"):
        load()


def test_generic_secrets_are_base64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTPLAY_GENERIC_WEBHOOK_SECRETS", "whsec_cGVyZmVjdGx5IGZpbmUga2V5IQ==")
    assert load().generic_webhook_secrets
    for wrong in ("whsec_not base64!", "whsec_", "plain-text-key"):
        monkeypatch.setenv("NEXTPLAY_GENERIC_WEBHOOK_SECRETS", wrong)
        with pytest.raises(InvalidInput, match="NEXTPLAY_GENERIC_WEBHOOK_SECRETS must be whsec_"):
            load()


def test_the_public_url_loses_its_last_slash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTPLAY_PUBLIC_URL", "https://example.com/nextplay/")
    assert load().public_url == "https://example.com/nextplay"


@pytest.mark.parametrize("url", ["example.com", "ftp://example.com", "https://", "https://example.com?a=1", "https://u:p@example.com"])
def test_the_public_url_is_plain(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("NEXTPLAY_PUBLIC_URL", url)
    with pytest.raises(InvalidInput, match="NEXTPLAY_PUBLIC_URL must be an address such as"):
        load()


@pytest.mark.parametrize(("mode", "needs"), [("http", "SLACK_SIGNING_SECRET"), ("socket", "SLACK_APP_TOKEN")])
def test_slack_needs_what_its_mode_uses(monkeypatch: pytest.MonkeyPatch, mode: str, needs: str) -> None:
    monkeypatch.setenv("NEXTPLAY_SLACK_MODE", mode)
    for name in ("SLACK_BOT_TOKEN", needs):
        with pytest.raises(InvalidInput, match=f"NEXTPLAY_SLACK_MODE={mode} needs {name}"):
            load()
        monkeypatch.setenv(name, "xoxb-1234-9f2c")
    assert load().slack_mode == mode


MAIL: dict[str, Any] = {"mail_host": "smtp.acme.example", "mail_domains": "acme.example, acme.test", "crm": "hubspot"}


def test_mail_is_off_and_what_is_named_is_used() -> None:
    assert Settings(_env_file=None).mail_host is None
    said = Settings(_env_file=None, **MAIL, mail_user="u", mail_password="hush-hush")
    assert (said.mail_domains, said.mail_port, said.mail_tls) == (("acme.example", "acme.test"), 587, "starttls")
    assert "hush-hush" not in repr(said)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"crm": "sandbox"}, "needs a CRM that is connected"),
        ({"mail_domains": ""}, "needs NEXTPLAY_MAIL_DOMAINS"),
        ({"mail_user": "u"}, "belong together"),
        ({"mail_password": "p4ss-9f2c"}, "belong together"),
        ({"mail_password": "changeme", "mail_user": "u"}, "mail_password"),
        ({"mail_host": "smtp.acme.example:25"}, "without port or scheme"),
        ({"mail_host": "smtps://smtp.acme.example"}, "without port or scheme"),
        ({"mail_tls": "none"}, "mail_tls"),
        ({"mail_domains": "acme"}, "must be domains"),
        ({"mail_domains": "@acme.example"}, "must be domains"),
        ({"mail_from": "hello@elsewhere.example"}, "must be at one of NEXTPLAY_MAIL_DOMAINS"),
        ({"mail_from": "Hello <hello@acme.example>"}, "must be one address"),
        ({"mail_from": "hello@acme.example\r\nBcc: eve@x.test"}, "must be one address"),
        ({"mail_unsubscribe": "http://acme.example/stop"}, "must be mailto:ADDRESS or an https address"),
        ({"mail_unsubscribe": "mailto:stop@acme.example>\r\nBcc: eve@x.test"}, "must be mailto:ADDRESS"),
    ],
)
def test_mail_that_would_not_be_safe_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings(_env_file=None, **{**MAIL, **given})


def test_an_error_is_one_sentence_that_names_every_variable_and_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTPLAY_PORT", "99999777")
    monkeypatch.setenv("NEXTPLAY_LOG_FORMAT", "hush-hush")
    monkeypatch.setenv("NEXTPLAY_HUBSPOT_WEBHOOK_SECRETS", "hush-hush,changeme")
    with pytest.raises(InvalidInput) as error:
        load()
    text = str(error.value)
    assert text.startswith("The settings are not valid: NEXTPLAY_PORT input should be less than or equal to 65535; ")
    assert "NEXTPLAY_LOG_FORMAT" in text
    assert ".env.example" in text
    assert "\n" not in text
    assert "hush-hush" not in text
    assert "99999777" not in text
    assert error.value.__cause__ is None
    assert error.value.__context__ is None
    assert error.value.exit_code == 2


def test_nor_does_the_error_beneath_show_a_value() -> None:
    with pytest.raises(ValidationError) as error:
        Settings(_env_file=None, hubspot_webhook_secrets="hush-hush,changeme", log_format="hush-hush")
    assert "hush-hush" not in str(error.value)


def test_unknown_variables_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEXTPLAY_BENCH_DATA", "somewhere")
    assert load()


def test_only_the_settings_read_the_environment() -> None:
    code = [path for folder in ("agent", "tools", "integrations", "evals") for path in (ROOT / folder).rglob("*.py")]
    reading = re.compile(r"\bgetenv\b|\benviron\b(?!\.setdefault)")
    readers = [path for path in code if reading.search(path.read_text())]
    assert [str(path.relative_to(ROOT)) for path in readers] == []


# --- the ways into the console ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"oidc_issuer": "http://accounts.example.com"}, "oidc_issuer"),
        ({"oidc_issuer": "https://user@accounts.example.com"}, "oidc_issuer"),
        ({"oidc_issuer": "https://accounts.example.com"}, "NEXTPLAY_OIDC_CLIENT_ID is missing"),
        ({"oidc_client_id": "c", "oidc_client_secret": "k7-of-the-app-51c8"}, "NEXTPLAY_OIDC_ISSUER is missing"),
        ({"console_proxy_from": "0.0.0.0/0"}, "must not hold every address"),
        ({"console_proxy_from": "10.0.0.4,::/0"}, "must not hold every address"),
        ({"console_proxy_from": "proxy.example.com"}, "must be addresses such as"),
        ({"console_proxy_header": "X Forwarded"}, "must be the name of a header"),
        ({"console_admins": "ann"}, "must be e-mail addresses"),
    ],
)
def test_a_way_into_the_console_that_is_set_up_by_halves_is_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings(**given, _env_file=None)


def test_admins_of_the_console_are_known_by_their_address_in_small_letters() -> None:
    settings = Settings(console_admins="Ann@Example.com, bob@example.com", _env_file=None)
    assert settings.console_admins == ("ann@example.com", "bob@example.com")
