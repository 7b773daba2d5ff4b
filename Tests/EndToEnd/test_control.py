"""The control socket and the commands that speak to it, on a gateway that carries players."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile

import pytest

import tera
from duel import drain
from gateway import Gateway
from processes import wait_until
from test_rules import RULE, page


@pytest.fixture
def place():
    """A path that is short enough for a socket."""
    folder = tempfile.mkdtemp(prefix="mystel-")
    yield os.path.join(folder, "control.sock")
    shutil.rmtree(folder, ignore_errors=True)


class Commands:
    def __init__(self, mystel, place):
        self.mystel, self.place = mystel, place

    def run(self, *arguments, status=0, stdin=None):
        done = subprocess.run(
            [self.mystel, *map(str, arguments), "--socket", self.place], input=stdin,
            capture_output=True, text=True, timeout=60)
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout if status in (0, 3) else done.stderr

    def shown(self, *arguments, status=0):
        """What is printed, whatever it ends with."""
        done = subprocess.run(
            [self.mystel, *map(str, arguments), "--socket", self.place],
            capture_output=True, text=True, timeout=60)
        assert done.returncode == status, (arguments, done.returncode, done.stdout, done.stderr)
        return done.stdout

    def json_of_failure(self, *arguments):
        return json.loads(self.shown(*arguments, "--json", status=1))

    def json(self, *arguments, **options):
        return json.loads(self.run(*arguments, "--json", **options))


@pytest.fixture
def commands(mystel, place):
    return Commands(mystel, place)


@contextlib.contextmanager
def raw(place, timeout=15):
    with socket.socket(socket.AF_UNIX) as peer:
        peer.settimeout(timeout)
        peer.connect(place)
        yield peer


def line(peer):
    received = b""
    while not received.endswith(b"\n"):
        part = peer.recv(1 << 16)
        if not part:
            break
        received += part
    return received


def test_status_and_sessions_are_shown(stage, place, commands):
    with stage(control=place) as scene:
        status = commands.json("status")
        assert status["sessions"] == 6 and status["accepted"] >= 6
        assert {entry["name"] for entry in status["backends"]} == {"world", "odd"}
        assert not any(entry["isRefusing"] for entry in status["listeners"])
        text = commands.run("status")
        assert "public" in text and "accepts" in text and "sessions 6 of" in text

        page = commands.json("sessions", "list")
        assert len(page["items"]) == 6 and "next" not in page
        for session in page["items"]:
            assert session["listener"] == "public" and session["backend"] == "world"
            assert session["client"].startswith("127.0.0.1:")
            assert session["bytes"]["toBackend"] > 0 and session["packets"]["toClient"] > 0
            assert session["build"] == 367081
        first = commands.json("sessions", "list", "--limit", 2)
        assert len(first["items"]) == 2 and first["next"] == first["items"][1]["id"]
        assert commands.run("sessions", "list").count("127.0.0.1:") == 6
        assert commands.run("sessions", "list", "--listener", "odd") == "no session is open\n"
        number = page["items"][0]["id"]
        assert page["items"][0]["client"] in commands.run("sessions", "show", number)
        assert "it may have ended" in commands.run("sessions", "show", 10 ** 9, status=1)
        assert "no such" not in commands.run("rules", "counts", "--all")


def test_a_kick_ends_the_session_that_is_meant(stage, place, commands):
    with stage(control=place) as scene:
        duel = scene.duel()
        duel.exchange(tera.packet(1, b"x" * 8))
        mine = commands.json("sessions", "list", "--listener", "odd")["items"]
        assert len(mine) == 1
        answer = commands.run("sessions", "kick", mine[0]["id"])
        assert answer == f"ended 1: {mine[0]['id']}\n"
        scene.gateway.wait_end("kicked")
        drain(duel.player)
        assert "no session" in commands.run("sessions", "kick", mine[0]["id"], status=1)
        assert commands.json("sessions", "kick", "203.0.113.7")["sessions"] == []
        kicked = scene.gateway.wait_loud("sessions kicked")
        assert kicked[0]["by"] == f"uid {os.getuid()}"


def test_a_session_is_shown_with_what_its_packets_broke(stage, place, commands, tmp_path):
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "900-pages.yaml").write_text(RULE + "detects: [pages]\nweight: 10\n")
    with stage(control=place, inspection={
            "profile": "observe", "rules_directory": str(rules)}) as scene:
        duel = scene.duel()
        for number in (9, 8, 1):
            duel.say(page(number))
        duel.server_hears(len(page(1)))
        number = commands.json("sessions", "list", "--listener", "odd")["items"][0]["id"]

        def pages():
            return [entry for entry in commands.json("sessions", "show", number)["findings"]
                    if entry["rule"] == "900-pages"]

        assert wait_until(pages, 5, step=0.2)
        found = pages()
        assert len(found) == 2
        assert found[0]["packet"] == "C_VIEW_GUILD_WAR" and found[0]["field"] == "page"
        assert found[0]["isEnforced"] is True
        assert "Pages up to 5" in commands.run("sessions", "show", number)
        # Two findings of ten points, of which a little has decayed meanwhile.
        assert 15 <= commands.json("sessions", "show", number)["score"] <= 20
        assert 15 <= commands.json("sessions", "list", "--listener", "odd")["items"][0]["score"]
        assert "900-pages" in commands.run("rules", "counts")
        other = commands.json("sessions", "list", "--listener", "public")["items"][0]["id"]
        assert all(entry["rule"] != "900-pages"
                   for entry in commands.json("sessions", "show", other)["findings"])


def test_a_reload_says_whether_it_worked(stage, place, commands):
    with stage(control=place) as scene:
        assert "is in force" in commands.run("reload")
        scene.gateway.write("version: 1\nlisteners: 7\n")
        error = commands.run("reload", status=1)
        assert "mystel.yaml:2:12" in error and "the old one stays in force" in error
        scene.gateway.write(scene.settings)
        assert commands.json("reload") == {"warnings": []}


def test_without_a_gateway_the_commands_say_where_they_looked(mystel, place, commands, tmp_path):
    error = commands.run("status", status=69)
    assert place in error and "there is no such socket" in error and "mystel run" in error
    environment = {"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run([mystel, "bans", "list"], capture_output=True, text=True, timeout=60,
                          env=environment)
    assert done.returncode in (0, 69)
    if done.returncode == 69:
        assert "/run/mystel/control.sock" in done.stderr and str(tmp_path) in done.stderr
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(place)
    assert "nobody answers" in commands.run("sessions", "list", status=69)


def test_any_bytes_on_the_socket_leave_the_gateway_and_its_players_alone(stage, place, commands):
    with stage(control=place) as scene:
        for request in [b"\n", b"{\n", b"\xff\xfe\n", b"\0" * 100 + b"\n", b"[" * 60000 + b"\n",
                        b'{"op": "bans.add", "args": {"target": "\\ud800"}}\n',
                        b'{"op": "sessions.kick", "args": {"session": 99999999999999999999}}\n',
                        b'{"v": 9, "op": "status"}\n']:
            with raw(place) as peer:
                peer.sendall(request)
                answer = json.loads(line(peer))
                assert answer["ok"] is False, request[:60]
                peer.sendall(b'{"op": "status"}\n')
                assert json.loads(line(peer))["ok"] is True, request[:60]
        with raw(place) as peer:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                peer.sendall(b"x" * 200_000)
            with contextlib.suppress(ConnectionResetError):
                assert b"too_large" in line(peer)
        with raw(place) as peer:  # whoever shuts down after the question still gets the answer
            peer.sendall(b'{"op": "status"}\n')
            peer.shutdown(socket.SHUT_WR)
            assert json.loads(line(peer))["ok"] is True
            assert peer.recv(1) == b""
        with contextlib.ExitStack() as held:
            for _ in range(16):
                held.enter_context(raw(place)).sendall(b'{"op": "sta')
            assert wait_until(lambda: b"busy" in self_line(place), 5)
        assert wait_until(lambda: b'"ok":true' in self_line(place), 5)
        with raw(place) as peer:  # ten seconds for the rest of a request
            peer.sendall(b'{"op": ')
            assert peer.recv(1) == b""


def self_line(place):
    with raw(place) as peer:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            peer.sendall(b'{"op": "status"}\n')
            return line(peer)
    return b""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can be somebody else")
def test_other_users_are_turned_away(stage, place):
    ask = ("import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
           "s.sendall(b'{\"op\": \"status\"}\\n'); print(s.recv(4096))")
    with stage(control=place) as scene:
        assert os.stat(place).st_mode & 0o777 == 0o600
        os.chmod(os.path.dirname(place), 0o755)
        os.chmod(place, 0o666)  # even where somebody has opened the file to all
        done = subprocess.run(
            ["/usr/bin/env", "python3", "-c", ask, place], user=65534, group=65534,
            capture_output=True, text=True, timeout=30, cwd="/", env={"PATH": "/usr/bin:/bin"})
        if done.returncode != 0 and "python3" in done.stderr and "No such file" in done.stderr:
            pytest.skip("no python3 in /usr/bin")
        assert "refused" in done.stdout or "Reset" in done.stderr or "Broken" in done.stderr, done
        assert '"sessions"' not in done.stdout
        assert wait_until(lambda: [entry for entry in scene.gateway.loud_lines()
                                   if entry.get("uid") == 65534], 5)


def test_a_dead_gateways_socket_is_replaced_and_a_living_ones_is_not(
        stage, mystel, place, commands, tmp_path):
    with stage(control=place) as scene:
        other = tmp_path / "other"
        other.mkdir()
        settings = {**scene.settings, "listeners": [
            {**scene.settings["listeners"][0], "bind": "127.0.0.1:0"}],
            "backends": scene.settings["backends"][:1]}
        second = Gateway(mystel, other, settings, awaited=[])
        try:
            assert second.wait(15) == 71
            assert any("another gateway answers" in json.dumps(entry) for entry in second.lines)
        finally:
            second.close()
        assert commands.json("status")["processID"] == scene.gateway.pid
    assert not os.path.exists(place)
    third = Gateway(mystel, other, settings, awaited=[])
    try:
        assert wait_until(lambda: os.path.exists(place), 10)
        third.process.kill()
        third.wait(10)
        fourth = Gateway(mystel, other, settings, awaited=[])
        try:
            assert wait_until(
                lambda: subprocess.run([mystel, "status", "--socket", place],
                                       capture_output=True, timeout=30).returncode == 0, 10)
        finally:
            fourth.terminate()
            fourth.close()
    finally:
        third.close()
