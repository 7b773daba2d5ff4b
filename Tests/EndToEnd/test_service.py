"""The gateway as a process: drained and taken back, stopped, and what it logs and where."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time

import pytest

import tera
from gateway import Gateway, backend, configuration, listener, to_yaml
from management import Management
from processes import GameServer, Players, free_port, wait_until
from test_control import Commands, line, place, raw  # noqa: F401 (a fixture)


@pytest.fixture
def commands(mystel, place):
    return Commands(mystel, place)


def is_refused(address):
    try:
        socket.create_connection(address, timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_a_drained_gateway_refuses_newcomers_keeps_its_players_and_takes_it_back(
        stage, place, commands):
    port = free_port()
    with stage(control=place, management={"http": f"127.0.0.1:{port}"}) as scene:
        duel = scene.duel()
        assert "newcomers are refused; 7 sessions open" in commands.run("drain")
        assert wait_until(lambda: is_refused(scene.odd) and is_refused(scene.public), 5)
        ready = Management(port).get("/readyz")
        assert ready.status == 503 and "draining" in ready.text
        assert Management(port).get("/healthz").status == 200
        status = commands.json("status")
        assert status["phase"] == "draining"
        assert all(entry["isRefusing"] for entry in status["listeners"])
        assert "refuses: draining" in commands.run("status")
        duel.exchange(tera.packet(1, b"still here"))
        # A second time it is what it is.
        assert commands.json("drain") == {"phase": "draining", "sessions": 7}
        assert "newcomers are let in" in commands.run("drain", "--undo")
        assert wait_until(lambda: not is_refused(scene.odd), 5)
        assert not any(entry["isRefusing"] for entry in commands.json("status")["listeners"])
        assert Management(port).get("/readyz").status == 200
        again = scene.duel()
        again.exchange(tera.packet(1, b"back again"))


def test_a_gateway_that_is_asked_to_stop_gives_sessions_the_time_that_was_said(
        stage, place, commands):
    with stage(control=place, neighbours=0) as scene:
        duel = scene.duel()
        duel.exchange(tera.packet(1, b"x"))
        assert "the gateway stops; 1 session open" in commands.run(
            "drain", "--stop", "--grace", "3s")
        # From here on it is what it is.
        assert "the gateway stops" in commands.run("reload", status=1)
        assert "the gateway stops" in commands.run(
            "config", "apply", "--set", "timeouts.idle=9m", status=1)
        assert scene.gateway.process.wait(timeout=15) == 0
        stops = [entry for entry in scene.gateway.lines if entry.get("message") ==
                 "draining: no new sessions"]
        assert stops and stops[0]["grace"] == "3 s"
        scene.check = lambda: None  # There is no gateway any more.


def test_the_log_level_changes_at_run_time(stage, place, commands):
    with stage(control=place) as scene:
        assert commands.run("log-level") == "debug\n"
        assert commands.run("log-level", "warning") == "warning\n"
        said = len(scene.gateway.lines)
        scene.duel().exchange(tera.packet(1, b"unseen"))
        assert commands.json("log-level") == {"level": "warning"}
        assert not [entry for entry in scene.gateway.lines[said:]
                    if entry.get("message") == "session opened"]
        commands.run("log-level", "debug")
        assert "loud" in commands.run("log-level", "loud", status=64)


def entries(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@contextlib.contextmanager
def logging_gateway(mystel, terapeer, directory, log):
    """A gateway that logs elsewhere than to its standard error."""
    world = GameServer(terapeer)
    port = free_port()
    settings = configuration(
        [listener("public", port, "world")], [backend("world", world.address)],
        log={"level": "debug", "format": "json", "file": str(log)})
    with contextlib.closing(world), \
            contextlib.closing(Gateway(mystel, directory, settings)) as gateway:
        def play(sessions, so_far=0):
            players = Players(terapeer, ("127.0.0.1", port), sessions=sessions)
            world.wait_for(event="login", count=so_far + sessions)
            players.finish_well()
            players.close()
        yield gateway, play


def test_a_log_file_is_opened_anew_on_sigusr1(mystel, terapeer, tmp_path):
    path = tmp_path / "mystel.log"
    with logging_gateway(mystel, terapeer, tmp_path, path) as (gateway, play):
        assert wait_until(lambda: path.exists() and "listening" in path.read_text(), 5)
        assert path.stat().st_mode & 0o777 & ~0o640 == 0
        moved = tmp_path / "mystel.log.1"
        path.rename(moved)
        play(1)
        assert not path.exists()
        gateway.process.send_signal(signal.SIGUSR1)
        assert wait_until(lambda: path.exists() and "log opened anew" in path.read_text(), 5)
        assert any(entry["message"] == "session opened" for entry in entries(moved))
        # Where it cannot be opened, the old one is written on.
        second = tmp_path / "mystel.log.2"
        path.rename(second)
        path.mkdir()
        gateway.process.send_signal(signal.SIGUSR1)
        assert wait_until(lambda: "the log goes on where it was" in second.read_text(), 5)
        path.rmdir()
        gateway.process.send_signal(signal.SIGUSR1)
        assert wait_until(path.exists, 5)
        assert not gateway.lines


def test_a_log_file_that_cannot_be_opened_is_said_at_the_start(mystel, tmp_path):
    settings = configuration(
        [listener("public", free_port(), "world")], [backend("world", ("127.0.0.1", 1))],
        log={"file": str(tmp_path / "nowhere" / "mystel.log")})
    file = tmp_path / "mystel.yaml"
    file.write_text(to_yaml(settings))
    done = subprocess.run(
        [mystel, "run", "--config", file], capture_output=True, text=True, timeout=20)
    assert done.returncode == 78
    assert "log.file" in done.stderr and "does its directory exist" in done.stderr


def test_of_one_message_only_so_many_lines_are_written(stage, place):
    """Forty levels in a row say the same: two a second are written, and how many were not."""
    with stage(control=place, log={
            "level": "info", "format": "json", "lines_per_second": 2}) as scene, \
            raw(place) as peer:
        def change(times):
            for _ in range(times):
                peer.sendall(b'{"op": "log.set_level", "args": {"level": "info"}}\n')
                assert b'"ok":true' in line(peer)

        def lines():
            with scene.gateway.changed:
                return [entry for entry in scene.gateway.lines
                        if entry["message"].startswith("another log level")]

        begin = time.monotonic()
        change(40)
        seconds = time.monotonic() - begin
        assert 2 <= len(lines()) <= 2 * (seconds + 2) < 40
        assert wait_until(lambda: change(1) or sum(
            int(entry.get("left_out", 0)) for entry in lines()) + len(lines()) >= 40, 5, step=0.3)


def test_a_log_that_nobody_reads_holds_up_no_player(mystel, terapeer, tmp_path):
    """A collector that stands still: its pipe is full, and players play on."""
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    try:
        with logging_gateway(mystel, terapeer, tmp_path, fifo) as (_, play):
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(reader, b"x" * 4096)
            for number in range(3):
                play(50, 50 * number)
    finally:
        os.close(reader)
