"""Secrets are taken over from their files while the server runs; what cannot be used is told and changes nothing."""

import time
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from structlog.testing import capture_logs

from agent.errors import InvalidInput
from integrations import rotation
from integrations.settings import ROTATED, Settings, load
from integrations.slack.route import router
from integrations.slack.web import SlackWeb
from integrations.vendors.credentials import Fixed
from integrations.wall_clock import wall_clock
from tests.integration import signing
from tests.integration.test_doors import BODIES, post
from tests.integration.world import world_of

OLD, NEW = "whsec_YSBnZW5lcmljIGtleSBvZiB0aGlydHktdHdvIGJ5dGVz", "whsec_YW5vdGhlciBrZXkgb2YgdGhpcnR5LXR3byBieXRlcyE="


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEXTPLAY_SECRETS_DIR", str(folder))
    monkeypatch.setattr(rotation, "LOOKS_EVERY_S", 0)
    put(folder, "NEXTPLAY_GENERIC_WEBHOOK_SECRETS", OLD)
    return folder


def put(folder: Path, name: str, value: str) -> None:
    """As Kubernetes and Docker do: another file in its place."""
    fresh = folder / f".{name}"
    fresh.write_text(value + "\n")
    fresh.replace(folder / name)


def shown(settings: Settings, name: str) -> list[str]:
    value = getattr(settings.now(), name)
    return [one.get_secret_value() for one in (value if isinstance(value, tuple) else [value])]


class TestSettings:
    def test_a_file_that_changes_is_read_again(self, secrets: Path) -> None:
        settings = load()
        assert shown(settings, "generic_webhook_secrets") == [OLD]
        put(secrets, "NEXTPLAY_GENERIC_WEBHOOK_SECRETS", f"{OLD},{NEW}")
        assert shown(settings, "generic_webhook_secrets") == [OLD, NEW]
        put(secrets, "NEXTPLAY_GENERIC_WEBHOOK_SECRETS", NEW)
        assert shown(settings.model_copy(update={"port": 1}), "generic_webhook_secrets") == [NEW]

    @pytest.mark.usefixtures("secrets")
    def test_so_is_env(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("NEXTPLAY_HUBSPOT_TOKEN=pat-one\n")
        settings = load()
        (tmp_path / ".env").write_text("NEXTPLAY_HUBSPOT_TOKEN=pat-the-second\n")
        assert shown(settings, "hubspot_token") == ["pat-the-second"]

    def test_what_cannot_be_used_is_told_without_its_value(self, secrets: Path) -> None:
        settings = load()
        with capture_logs() as logged:
            put(secrets, "NEXTPLAY_GENERIC_WEBHOOK_SECRETS", "changeme")
            assert shown(settings, "generic_webhook_secrets") == [OLD]
            assert shown(settings, "generic_webhook_secrets") == [OLD]
        assert [line["event"] for line in logged] == ["changed secrets cannot be used; the old ones go on"]
        assert "changeme" not in str(logged)

    def test_a_change_is_told_by_name_alone(self, secrets: Path) -> None:
        settings = load()
        with capture_logs() as logged:
            put(secrets, "NEXTPLAY_GENERIC_WEBHOOK_SECRETS", NEW)
            settings.now()
        assert NEW not in str(logged)
        assert "generic_webhook_secrets" in str(logged)

    def test_files_are_not_looked_at_all_the_time(self, secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rotation, "LOOKS_EVERY_S", 3600)
        settings = load()
        put(secrets, "NEXTPLAY_GENERIC_WEBHOOK_SECRETS", NEW)
        assert shown(settings, "generic_webhook_secrets") == [OLD]

    def test_a_folder_that_is_none_is_refused(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("NEXTPLAY_SECRETS_DIR", str(tmp_path / "nowhere"))
        with pytest.raises(InvalidInput, match="no folder"):
            load()

    def test_only_secrets_are_taken_over(self) -> None:
        kinds = {name: str(Settings.model_fields[name].annotation) for name in ROTATED}
        assert [name for name, kind in kinds.items() if "SecretStr" not in kind] == []


class TestDoors:
    async def test_a_webhook_secret_is_changed_without_a_gap(self, secrets: Path) -> None:
        world = world_of(load())
        body, old, new = BODIES["generic"], signing.generic(BODIES["generic"], key=OLD), signing.generic(BODIES["generic"], key=NEW)

        async def answers() -> list[int]:
            return [(await post(world, "generic", body, headers)).status_code for headers in (old, new)]

        assert await answers() == [202, 401]
        put(secrets, "NEXTPLAY_GENERIC_WEBHOOK_SECRETS", f"{OLD},{NEW}")
        assert await answers() == [200, 200]
        put(secrets, "NEXTPLAY_GENERIC_WEBHOOK_SECRETS", NEW)
        assert await answers() == [401, 200]
        put(secrets, "NEXTPLAY_GENERIC_WEBHOOK_SECRETS", "")
        (secrets / "NEXTPLAY_GENERIC_WEBHOOK_SECRETS").unlink()
        assert await answers() == [401, 401], "a secret that is gone lets nobody in"
        await world.http.aclose()

    async def test_slack_signs_with_the_new_secret_from_now_on(self) -> None:
        present = {"secret": "first-slack-secret"}
        slack = AsyncApp(token="xoxb-1", request_verification_enabled=False)
        app = FastAPI()
        app.include_router(router(slack, lambda: present["secret"], wall_clock))

        async def status(secret: str) -> int:
            moment, body = str(int(time.time())), "payload={}"
            signature = SignatureVerifier(secret).generate_signature(timestamp=moment, body=body)
            headers = {"x-slack-request-timestamp": moment, "x-slack-signature": str(signature), "content-type": "application/x-www-form-urlencoded"}
            async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://here") as http:
                return (await http.post("/slack/events", content=body, headers=headers)).status_code

        assert await status("first-slack-secret") != 401
        present["secret"] = "second-slack-secret"
        assert await status("first-slack-secret") == 401
        assert await status("second-slack-secret") != 401
        present["secret"] = ""
        assert await status("second-slack-secret") == 401


class TestCallers:
    async def test_a_token_is_asked_for_at_each_use(self) -> None:
        tokens = ["pat-1"]
        credentials = Fixed(lambda: SecretStr(tokens[-1]))
        first = await credentials.token()
        assert not await credentials.refused(first)
        tokens.append("pat-2")
        assert await credentials.refused(first), "another is to be had"
        assert await credentials.token() == "pat-2"

    async def test_slack_is_called_with_the_present_token(self, monkeypatch: pytest.MonkeyPatch) -> None:
        tokens, used = ["xoxb-1"], []
        web = SlackWeb(lambda: tokens[-1], "http://127.0.0.1:9/api/")

        async def call(*_given: object, **_named: object) -> object:
            used.append(web.client.token)
            raise TimeoutError

        monkeypatch.setattr(web.client, "api_call", call)
        for token in ("xoxb-1", "xoxb-2"):
            tokens.append(token)
            with pytest.raises(Exception, match="nobody knows"):
                await web.read("auth.test")
        await web.close()
        assert used == ["xoxb-1", "xoxb-2"]
