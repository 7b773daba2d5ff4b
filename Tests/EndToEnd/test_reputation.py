"""Bans: at the listener, behind a PROXY header, at the login, in the game, and over kill -9."""

import contextlib
import json
import os
import shutil
import socket
import struct
import tempfile
import threading
import time

import pytest

import tera
from duel import connect, drain
from gateway import Gateway
from processes import wait_until
from test_control import Commands, line, place, raw  # noqa: F401  (a fixture)

LOGIN_ANSWER = 48500  # S_LOGIN_ARBITER of build 367081
ACCOUNT_INFO = 33796  # S_LOGIN_ACCOUNT_INFO


@pytest.fixture
def commands(mystel, place):  # noqa: F811
    return Commands(mystel, place)


def login_answer(success=1):
    return tera.packet(LOGIN_ANSWER, struct.pack("<BBIIIBHH", success, 0, 0, 0, 0, 0, 0, 0))


def account_info(account):
    name = "Mystel".encode("utf-16-le") + b"\0\0"
    return tera.packet(ACCOUNT_INFO, struct.pack("<HQ", 14, account) + name)


def let_in(duel, account):
    """The server accepts the login and names the account."""
    duel.answer(login_answer() + account_info(account))


def refused(address, source):
    """Whether a connection from there is closed before the hello."""
    try:
        with contextlib.closing(connect(address, source)) as peer:
            return closes(peer)
    except ConnectionResetError:  # before connect() had returned
        return True


def closes(peer):
    peer.settimeout(0.5)
    try:
        return peer.recv(1, socket.MSG_PEEK) == b""
    except ConnectionError:
        return True
    except TimeoutError:
        return False


def test_a_ban_ends_live_sessions_within_a_second_and_keeps_out(stage, place, commands):  # noqa: F811
    with stage(control=place) as scene:
        duel = scene.duel(source="127.44.0.1")
        duel.exchange(tera.packet(1, b"x" * 8))
        start = time.monotonic()
        commands.run("bans", "add", "127.44.0.1", "--reason", "test")
        drain(duel.player, 2)
        assert time.monotonic() - start < 1.5  # the command itself included
        scene.gateway.wait_end("banned")
        assert refused(scene.odd, "127.44.0.1")
        assert not refused(scene.odd, "127.44.0.2")
        commands.run("bans", "remove", "127.44.0.1")
        assert wait_until(lambda: not refused(scene.odd, "127.44.0.1"), 2)
        assert commands.run("bans", "add", "127.0.0.1", status=1)  # the gateway's own


def test_a_claimed_source_is_looked_at_behind_the_header(stage, place, commands):  # noqa: F811
    with stage(control=place, accept="v2") as scene:
        commands.run("bans", "add", "203.0.113.9")
        with contextlib.closing(connect(scene.odd)) as peer:
            peer.sendall(tera.proxy_v2(source="203.0.113.9"))
            assert drain(peer, 2) == b""
        scene.gateway.wait_end("banned")
        assert scene.odd_server.is_untouched()
        scene.duel(header=tera.proxy_v2(source="203.0.113.10")).exchange(tera.packet(1, b"x" * 8))


def test_an_account_is_banned_by_what_the_server_says(stage, place, commands):  # noqa: F811
    with stage(control=place) as scene:
        duel = scene.duel()
        let_in(duel, 4242)
        shown = commands.json("sessions", "list", "--listener", "odd")["items"]
        assert [entry.get("account") for entry in shown] == [4242]
        commands.run("bans", "add", "account:4242")
        drain(duel.player, 2)
        # At its next login, from another address; a claim without a login means nothing.
        other = scene.duel(source="127.44.0.9")
        other.answer(login_answer(0) + account_info(4242))
        other.tell(login_answer() + account_info(4242))
        drain(other.player, 2)
        third = scene.duel(source="127.44.0.9")
        let_in(third, 4243)
        third.exchange(tera.packet(1, b"x" * 8))
        assert len(scene.gateway.wait_end("banned", count=2)) == 2


def flood(address, source, count=12):
    for _ in range(count):
        with contextlib.suppress(ConnectionError):
            with contextlib.closing(connect(address, source)) as peer:
                peer.sendall(b"\x47" * 4096)
                drain(peer, 5)


@pytest.mark.parametrize("mode", ["enforce", "shadow"])
def test_who_floods_before_login_is_banned_and_nobody_else(stage, place, commands, mode):  # noqa: F811
    with stage(control=place, reputation={"mode": mode}) as scene:
        staying = scene.duel(source="127.44.0.1")
        let_in(staying, 5)
        time.sleep(1.5)  # so that the reputation knows of the player
        flood(scene.odd, "127.44.0.1", 24)
        flood(scene.odd, "127.44.0.2")
        word = "banned" if mode == "enforce" else "in shadow: would be banned"
        assert wait_until(lambda: {
            entry["target"] for entry in scene.gateway.loud_lines()
            if entry.get("message") == word} == {"127.44.0.1", "127.44.0.2"}, 5)
        time.sleep(0.3)
        assert refused(scene.odd, "127.44.0.2") is (mode == "enforce")
        assert not refused(scene.odd, "127.44.0.3")
        # The player in the game there is not met by what was done before a login.
        staying.exchange(tera.packet(1, b"x" * 8))


class Bans(threading.Thread):
    """Bans addresses of its own as fast as it is answered; keeps those that were acknowledged."""

    def __init__(self, place, number, window=64):  # noqa: F811
        super().__init__(daemon=True)
        self.place, self.number, self.window = place, number, window
        self.acknowledged = []

    def run(self):
        with contextlib.suppress(OSError, ValueError), raw(self.place) as peer:
            sent, answers = [], peer.makefile("rb")
            while True:
                while len(sent) - len(self.acknowledged) < self.window:
                    count = len(sent)
                    target = f"10.{self.number}.{count >> 8}.{count & 255}"
                    sent.append(target)
                    peer.sendall(json.dumps({"op": "bans.add", "args": {
                        "target": target, "seconds": 3600}}).encode() + b"\n")
                answer = answers.readline()
                if not answer.endswith(b"\n"):
                    return
                assert json.loads(answer)["ok"], answer
                self.acknowledged.append(sent[len(self.acknowledged)])


def listed(place):  # noqa: F811
    targets, after = set(), None
    while True:
        args = {"limit": 1000, **({"after": after} if after else {})}
        with raw(place) as peer:
            peer.sendall(json.dumps({"op": "bans.list", "args": args}).encode() + b"\n")
            page = json.loads(line(peer))["result"]
        targets |= {entry["target"] for entry in page["items"]}
        after = page.get("next")
        if after is None:
            return targets


def test_kill_9_during_a_storm_of_bans_loses_none_that_was_acknowledged(
        stage, mystel, place, tmp_path):  # noqa: F811
    store = tmp_path / "store" / "reputation.db"
    with stage(control=place, neighbours=0) as scene:
        settings = {**scene.settings, "reputation": {"store": str(store)},
                    "listeners": [{**scene.settings["listeners"][0], "bind": "127.0.0.1:0"}],
                    "backends": scene.settings["backends"][:1]}
        folder = tempfile.mkdtemp(prefix="mystel-")
        try:
            own = os.path.join(folder, "c.sock")
            settings["control"] = {"socket": own}
            total = 0
            for round in range(3):
                directory = tmp_path / f"round-{round}"
                directory.mkdir()
                gateway = Gateway(mystel, directory, settings, awaited=[])
                try:
                    assert wait_until(lambda: os.path.exists(own), 10)
                    writers = [Bans(own, 32 * round + number) for number in range(12)]
                    start = time.monotonic()
                    for writer in writers:
                        writer.start()
                    wait_until(lambda: sum(len(writer.acknowledged) for writer in writers) >= 3000,
                               30)
                    gateway.process.kill()
                    seconds = time.monotonic() - start
                    gateway.wait(10)
                    for writer in writers:
                        writer.join(10)
                finally:
                    gateway.close()
                done = {target for writer in writers for target in writer.acknowledged}
                total += len(done)
                print(f"{len(done)} bans acknowledged in {seconds:.1f} s")
                assert len(done) >= 1000
                again = Gateway(mystel, directory, settings, awaited=[])
                try:
                    assert wait_until(lambda: closed_socket_answers(own), 10)
                    missing = done - listed(own)
                    assert not missing, (len(missing), sorted(missing)[:5])
                    assert not [entry for entry in again.loud_lines()
                                if entry.get("level") == "error"]
                finally:
                    again.terminate()
                    again.close()
            assert os.stat(store).st_mode & 0o777 == 0o600
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def closed_socket_answers(path):
    try:
        with raw(path) as peer:
            peer.sendall(b'{"op": "status"}\n')
            return b'"ok":true' in line(peer)
    except OSError:
        return False
