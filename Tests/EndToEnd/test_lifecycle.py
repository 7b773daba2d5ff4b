"""Start, reload, drain, and backends that come and go."""

import copy
import os
import signal
import socket
import subprocess
import time

import tera
from duel import connect
from gateway import Gateway, backend, configuration, is_listening, listener, to_yaml
from processes import GameServer, Players, assert_same_bytes, free_port, wait_until
from test_accept import refused_at_once

BROKEN = [
    "version: 1\nlisteners: [",
    "version: 1\nlistners: []\nbackends: []\n",
    "",
    "version: 99\n",
]


def test_invalid_configuration_is_refused_with_its_place(mystel, tmp_path):
    file = tmp_path / "mystel.yaml"
    gateway = Gateway(
        mystel, tmp_path, "version: 1\nlistners:\n  - name: public\nbackends: []\n", awaited=[])
    try:
        assert gateway.wait(10) == 78
        said = [line.get("text", "") for line in gateway.lines]
        assert any(f"{file}:2:1: listners:" in line for line in said), said
    finally:
        gateway.close()


def test_reload_touches_no_session(stage):
    with stage() as scene:
        reload_many(scene.gateway, scene.settings, rounds=10, pause=0.1)
        scene.duel().exchange(tera.login())


def reload_many(gateway, settings, rounds, pause):
    """SIGHUP over and over: harmless changes, and files that must be refused in between."""
    said = len(gateway.loud_lines())
    for round in range(rounds):
        if round % 3 == 2:
            gateway.write(BROKEN[round // 3 % len(BROKEN)])
        else:
            changed = copy.deepcopy(settings)
            changed["timeouts"]["idle"] = f"{600 + round}s"
            gateway.write(changed)
        gateway.reload()
        time.sleep(pause)
    gateway.write(settings)
    gateway.reload()
    answered = wait_until(lambda: len(gateway.loud_lines()) - said > rounds * 0.9, 5)
    assert answered and gateway.alive(), "signals went unanswered"


def test_reload_with_an_invalid_file_keeps_the_old_one_and_says_so(stage):
    with stage() as scene:
        for text in BROKEN:
            before = len(scene.gateway.loud_lines())
            scene.gateway.write(text)
            scene.gateway.reload()
            assert wait_until(lambda: len(scene.gateway.loud_lines()) > before, 5), text
        scene.duel().close()


def test_reload_opens_and_closes_listeners(stage):
    with stage() as scene:
        duel = scene.duel()
        port = free_port()
        changed = copy.deepcopy(scene.settings)
        changed["listeners"].append(listener("third", port, "world"))
        scene.gateway.write(changed)
        scene.gateway.reload()
        assert wait_until(lambda: is_listening(port), 5)
        players = scene.keep(Players(scene.terapeer, ("127.0.0.1", port), sessions=2, seed=55))
        changed["listeners"] = [entry for entry in changed["listeners"] if entry["name"] != "odd"]
        scene.gateway.write(changed)
        scene.gateway.reload()
        assert wait_until(lambda: not is_listening(scene.odd[1]), 5)
        duel.exchange(tera.random_packets(duel.random, 5))  # its session goes on
        duel.close()
        players.finish_well()
        scene.neighbours.finish_well()
        scene.neighbours = None


def test_SIGTERM_drains(terapeer, mystel, tmp_path):
    server, port = GameServer(terapeer), free_port()
    gateway = Gateway(mystel, tmp_path, configuration(
        [listener("public", port, "world")], [backend("world", server.address)],
        {"drain": "5s"}))
    players = Players(terapeer, ("127.0.0.1", port), sessions=5)
    try:
        server.wait_for(event="login", count=5)
        gateway.process.send_signal(signal.SIGTERM)
        assert wait_until(lambda: refused(("127.0.0.1", port)), 2), "still accepting"
        time.sleep(0.5)
        result = players.finish_well()  # players leave within the grace: nobody loses a byte
        assert gateway.wait(3) == 0
        assert_same_bytes(result, server.finish_well())
        assert sum(gateway.summary()["closes"].values()) >= 5
    finally:
        for process in (players, gateway, server):
            process.close()


def is_greeted(port):
    """Whether players are let in: a listener refuses until its server has been found well."""
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as peer:
            return peer.recv(4) == tera.HELLO
    except OSError:
        return False


def test_a_log_that_nobody_reads_any_more_harms_nobody(terapeer, mystel, tmp_path):
    server, port = GameServer(terapeer), free_port()
    file = tmp_path / "mystel.yaml"
    settings = configuration([listener("public", port, "world")], [backend("world", server.address)])
    file.write_text(to_yaml(settings))
    reads, writes = os.pipe()
    gateway = subprocess.Popen([mystel, "run", "--config", file], stderr=writes)
    os.close(writes)
    players = None
    try:
        assert wait_until(lambda: is_greeted(port), 10)
        os.close(reads)
        players = Players(terapeer, ("127.0.0.1", port), sessions=2)
        gateway.send_signal(signal.SIGHUP)  # has something to say
        time.sleep(0.5)
        assert_same_bytes(players.finish_well(), server.finish_well())
        gateway.send_signal(signal.SIGTERM)
        assert gateway.wait(10) == 0
    finally:
        gateway.kill()
        for process in filter(None, (players, server)):
            process.close()


def refused(address):
    try:
        peer = connect(address)
    except ConnectionError:
        return True
    with peer:
        peer.settimeout(0.3)
        try:
            return peer.recv(4) == b""
        except TimeoutError:
            return False
        except ConnectionError:
            return True


def test_SIGTERM_ends_sessions_that_outstay_the_grace(stage):
    with stage(timeouts={"drain": "1s"}, neighbours=0) as scene:
        duel = scene.duel()
        start = time.monotonic()
        scene.gateway.process.send_signal(signal.SIGTERM)
        assert duel.player_hears_end() == b""
        assert duel.server_hears_end() == b""
        assert 0.7 <= time.monotonic() - start <= 3
        assert scene.gateway.wait(3) == 0
        assert scene.gateway.summary()["closes"].get("drained") == 1
        scene.check = lambda: None


def test_second_SIGTERM_is_immediate(stage):
    with stage(timeouts={"drain": "60s"}, neighbours=0) as scene:
        scene.duel()
        scene.gateway.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert scene.gateway.alive()
        start = time.monotonic()
        scene.gateway.process.send_signal(signal.SIGTERM)
        scene.gateway.wait(3)
        assert time.monotonic() - start < 1.5
        scene.check = lambda: None


def test_listener_of_a_down_backend_refuses_at_once_and_recovers(terapeer, mystel, tmp_path):
    address, port = ("127.0.0.1", free_port()), free_port()
    gateway = Gateway(mystel, tmp_path, configuration(
        [listener("public", port, "world")], [backend("world", address)],
        {"health_check": "300ms"}), awaited=[])
    server = players = None
    try:
        assert wait_until(lambda: "world" in str(gateway.loud_lines()), 5), gateway.lines
        assert wait_until(lambda: refused(("127.0.0.1", port)), 5), "admitted without a backend"
        for _ in range(3):
            start = time.monotonic()
            assert refused(("127.0.0.1", port))
            assert time.monotonic() - start < 0.3

        server = GameServer(terapeer, port=address[1])
        assert wait_until(lambda: not refused_at_once(("127.0.0.1", port), wait=0.2), 5)
        players = Players(terapeer, ("127.0.0.1", port), sessions=3)
        server.wait_for(event="login", count=3)
        players.finish_well()
        server.close()
        assert wait_until(lambda: refused(("127.0.0.1", port)), 5), "the loss went unnoticed"
        gateway.ends_well()
    finally:
        for process in (players, gateway, server):
            process and process.close()


def test_boot_refuses_what_the_descriptor_limit_cannot_carry(mystel, tmp_path):
    settings = configuration(
        [listener("public", free_port(), "world")], [backend("world", ("127.0.0.1", 9))],
        limits={"sessions": 5000})
    gateway = Gateway(mystel, tmp_path, settings, prefix=["prlimit", "--nofile=256:256"])
    try:
        assert gateway.wait(10) != 0
        said = " ".join(str(line) for line in gateway.lines)
        assert "256" in said and "5000" in said.replace(",", ""), said
    finally:
        gateway.close()
