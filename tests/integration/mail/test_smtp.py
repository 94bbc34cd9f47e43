"""One letter over the real wire: handed over once, over verified TLS, and always with an answer to whether it was."""

import asyncio
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from integrations.mail import smtp
from integrations.mail.smtp import Lost, NotTaken, Refused, Server, hand_over, sign_in
from integrations.sandbox.doubles.mail.server import MAIL_FAULTS, MailFault
from tests.integration.mail.post import LETTER, TAKEN, post

PATIENCE_S = 20.0
"""Nothing here takes a second; what has not happened by then never will."""


@pytest.mark.parametrize("implicit", [False, True])
async def test_a_letter_arrives_as_it_is_over_tls_from_whoever_signed_in(implicit: bool) -> None:
    async with post(implicit=implicit) as there:
        assert await hand_over(there.server, LETTER) == "250 2.0.0 taken"
        [taken] = there.letters
        assert (taken["from"], taken["to"], taken["raw"].encode()) == (LETTER.sender, [LETTER.to], LETTER.data)
        assert "ehlo acme.example" in there.double.said
        assert ("STARTTLS" in there.double.said) is not implicit


NOTHING_TAKEN: dict[MailFault, tuple[type[Exception], str]] = {
    "closed": (NotTaken, "does not take the connection now: 421 4.3.2 too busy"),
    "no_tls": (NotTaken, "does not offer what is needed: STARTTLS"),
    "bad_certificate": (NotTaken, "the certificate of 127.0.0.1:.* is not good: IP address mismatch"),
    "no_sign_in": (NotTaken, "does not let us sign in: 535 5.7.8 user name or password is not good"),
    "greylisted": (NotTaken, "does not take the recipient now: 451 4.7.1 greylisted"),
    "unknown_recipient": (Refused, "refused the recipient: 550 5.1.1 no such user here"),
    "sender_refused": (Refused, "refused the sender: 553 5.7.1 that sender is not yours"),
    "broken": (NotTaken, "broke off"),
    "refused": (Refused, "refused the letter: 554 5.6.0 this letter is not wanted"),
    "full": (NotTaken, "does not take the letter now: 452 4.3.1 the disk is full"),
}


@pytest.mark.parametrize("fault", NOTHING_TAKEN)
async def test_what_was_surely_not_taken_says_whether_it_may_be_tried_again(fault: MailFault) -> None:
    async with post() as there:
        there.fails(fault)
        error, says = NOTHING_TAKEN[fault]
        with pytest.raises(error, match=says):
            await hand_over(there.server, LETTER)
        assert there.letters == []
        await hand_over(there.server, LETTER)
        assert len(there.letters) == 1


@pytest.mark.parametrize("fault", TAKEN)
async def test_what_may_have_been_taken_is_lost_and_not_guessed(fault: MailFault) -> None:
    async with post(taking_s=0.5) as there:
        there.fails(fault)
        with pytest.raises(Lost):
            await hand_over(there.server, LETTER)
        assert len(there.letters) == 1


def test_every_fault_of_the_double_is_tried() -> None:
    assert {*NOTHING_TAKEN, *TAKEN, "cut"} == {*MAIL_FAULTS}


@pytest.mark.parametrize("fault", ["no_tls", "bad_certificate"])
async def test_without_verified_tls_no_password_and_no_letter_is_told(fault: MailFault) -> None:
    async with post() as there:
        there.fails(fault)
        with pytest.raises(NotTaken):
            await hand_over(there.server, LETTER)
        assert not {"AUTH", "DATA"} & {line.split()[0] for line in there.double.said}


async def test_a_long_letter_that_is_cut_off_was_not_taken() -> None:
    async with post() as there:
        there.fails("cut")
        with pytest.raises(NotTaken, match="broke off"):
            await hand_over(there.server, replace(LETTER, data=LETTER.data + b"more\r\n" * 4_000_000))
        assert there.letters == []


async def test_an_authority_that_nobody_named_is_not_trusted() -> None:
    async with post() as there:
        with pytest.raises(NotTaken, match=r"the certificate of .* is not good: (unable to get local issuer|self-signed)"):
            await hand_over(there.but(ca_file=None), LETTER)
        assert there.letters == []


async def test_a_name_that_the_certificate_does_not_have_is_not_trusted() -> None:
    async with post() as there:
        with pytest.raises(NotTaken, match="Hostname mismatch"):
            await hand_over(there.but(host="localhost"), LETTER)


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"ca_file": Path("/none.pem")}, "the file of trusted certificates /none.pem cannot be read"),
        ({"host": "nowhere.invalid"}, "there is no host nowhere.invalid"),
        ({"user": None}, "530 5.7.0 sign in first"),
        ({"tls": "implicit"}, "does not speak TLS as it should"),
    ],
)
async def test_what_is_set_wrongly_has_a_sentence(other: dict[str, object], says: str) -> None:
    async with post() as there:
        with pytest.raises(NotTaken, match=says):
            await hand_over(there.but(**other), LETTER)
        assert there.letters == []


async def test_a_host_at_which_nobody_answers_is_not_waited_for_for_ever() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        server = Server("127.0.0.1", silent.getsockname()[1], answer_s=0.1)
        with pytest.raises(NotTaken, match="timed out"):
            await hand_over(server, LETTER)
    with pytest.raises(NotTaken, match="cannot be reached"):
        await hand_over(server, LETTER)


async def test_a_server_that_never_comes_to_the_end_of_its_greeting_is_cut_off() -> None:
    """Every line of it comes in time, so only the whole is too long: nothing but our cut ends it."""
    gone, over = asyncio.Event(), asyncio.Event()

    async def greets(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended = asyncio.ensure_future(reader.read())
        while not ended.done() and not over.is_set():
            writer.write(b"220-and\r\n")
            await asyncio.wait({ended}, timeout=0.02)
        gone.set()
        writer.close()
        await asyncio.gather(ended, return_exceptions=True)

    async with await asyncio.start_server(greets, "127.0.0.1", 0) as endless:
        server = Server("127.0.0.1", endless.sockets[0].getsockname()[1], answer_s=5.0, whole_s=0.3)
        with pytest.raises(NotTaken, match="took longer than"):
            await hand_over(server, LETTER)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await gone.wait()
        finally:
            over.set()


async def test_a_server_that_says_nothing_holds_up_nothing_but_mail() -> None:
    """The loop's own threads are everybody's: of the one that it has here, mail takes none."""
    with ThreadPoolExecutor(1) as everybodys, socket.create_server(("127.0.0.1", 0)) as silent:
        asyncio.get_running_loop().set_default_executor(everybodys)
        task = asyncio.ensure_future(hand_over(Server("127.0.0.1", silent.getsockname()[1], answer_s=600.0), LETTER))
        silent.setblocking(False)
        connection, _ = await asyncio.get_running_loop().sock_accept(silent)
        with connection:
            async with asyncio.timeout(PATIENCE_S):
                assert await asyncio.to_thread(lambda: "done") == "done"
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


async def test_certificates_are_read_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    trusted, where = Server.trusted, list[threading.Thread]()

    def noted(server: Server) -> ssl.SSLContext:
        where.append(threading.current_thread())
        return trusted(server)

    monkeypatch.setattr(Server, "trusted", noted)
    async with post() as there:
        await hand_over(there.server, LETTER)
    assert [thread.name.startswith("nextplay-mail") for thread in where] == [True]


async def test_who_was_cut_off_begins_nothing_any_more() -> None:
    async with post() as there:
        talk = smtp._Talk(there.server)
        assert talk.cut_off() is False
        with pytest.raises(NotTaken, match="took longer than"):
            await asyncio.to_thread(talk.hands_over, LETTER)
        assert there.letters == []


async def test_a_letter_that_was_handed_over_when_time_was_up_is_lost() -> None:
    async with post(whole_s=3.0) as there:
        there.fails("late")
        with pytest.raises(Lost, match="gave no answer within"):
            await hand_over(there.server, LETTER)
        assert len(there.letters) == 1


async def test_who_is_stopped_before_the_end_hands_nothing_over_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go, left = threading.Event(), threading.Event(), threading.Event()
    stuffed, leaves = smtp._stuffed, smtp._Talk._leaves

    def held(data: bytes) -> bytes:
        begun.set()
        go.wait()
        return stuffed(data)

    def noted(talk: smtp._Talk) -> None:
        leaves(talk)
        left.set()

    monkeypatch.setattr(smtp, "_stuffed", held)
    monkeypatch.setattr(smtp._Talk, "_leaves", noted)
    async with post() as there:
        task = asyncio.ensure_future(hand_over(there.server, LETTER))
        await asyncio.to_thread(begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        go.set()
        await asyncio.to_thread(left.wait)
        assert there.letters == []


async def test_signing_in_hands_nothing_over() -> None:
    async with post() as there:
        assert await sign_in(there.server) == "TLSv1.3, certificate verified"
        assert (there.letters, "MAIL" in str(there.double.said)) == ([], False)


@pytest.mark.parametrize("hostile", ["ann@buyer.example>\r\nRCPT TO:<eve@x.test", "ann@buyer.example\r\nDATA"])
async def test_not_even_the_envelope_can_be_made_to_hold_another_command(hostile: str) -> None:
    async with post() as there:
        with pytest.raises(NotTaken):
            await hand_over(there.server, replace(LETTER, to=hostile))
        assert (there.letters, "eve@x.test" in str(there.double.said)) == ([], False)
