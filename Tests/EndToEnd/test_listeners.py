"""Listeners that pause, resume, move and change hands while the gateway runs."""

import copy
import socket
import subprocess
import time

import pytest

from duel import OddServer, connect, receive_exactly
from gateway import Gateway, backend, configuration, is_listening, listener, to_yaml
from processes import GameServer, Players, assert_same_bytes, free_port, wait_until
from tera import HELLO


def greets(port):
    try:
        with connect(("127.0.0.1", port)) as player:
            return receive_exactly(player, 4) == HELLO
    except OSError:
        return False


def refuses(port):
    return not is_listening(port)


def reloaded(gateway, settings):
    before = len(gateway.matching(message="configuration reloaded"))
    gateway.write(settings)
    gateway.reload()
    assert wait_until(
        lambda: len(gateway.matching(message="configuration reloaded")) > before, 5), \
        gateway.lines[-5:]


def test_a_reload_that_corrects_a_dead_address_opens_the_listener_again(
        terapeer, mystel, tmp_path):
    world = GameServer(terapeer)
    port = free_port()
    settings = configuration(
        [listener("public", port, "world")], [backend("world", ("127.0.0.1", free_port()))])
    gateway = Gateway(mystel, tmp_path, settings, awaited=[])
    try:
        assert wait_until(lambda: gateway.loud_lines() and refuses(port), 5)
        settings["backends"] = [backend("world", world.address)]
        reloaded(gateway, settings)
        assert wait_until(lambda: greets(port), 3), "the listener stays paused"
        settings["backends"] = [backend("world", ("127.0.0.1", free_port()))]
        reloaded(gateway, settings)
        assert wait_until(lambda: refuses(port), 3)
        settings["listeners"] = [listener("other", free_port(), "world")]
        reloaded(gateway, settings)
        gateway.ends_well()
    finally:
        gateway.close()
        world.close()


def test_listeners_swap_ports_and_names_under_players(stage, terapeer):
    with stage(neighbours=0) as scene:
        neighbours = scene.keep(Players(terapeer, scene.public))
        public, odd = copy.deepcopy(scene.settings["listeners"])
        for round in range(6):
            public["bind"], odd["bind"] = odd["bind"], public["bind"]
            public["name"] = f"public{round % 3}"
            reloaded(scene.gateway, {**scene.settings, "listeners": [public, odd]})
            host, port = public["bind"].split(":")
            # The thread that waits for connections may give one of them its old route.
            greets(int(port))
            scene.keep(Players(terapeer, (host, int(port)), sessions=2, burst=1000)).finish_well()
        neighbours.finish_well()


def test_nobody_takes_the_port_of_a_paused_listener(mystel, tmp_path):
    port, backend_port = free_port(), free_port()
    settings = configuration(
        [listener("public", port, "world")], [backend("world", ("127.0.0.1", backend_port))])
    gateway = Gateway(mystel, tmp_path, settings, awaited=[])
    try:
        assert wait_until(lambda: any("is down" in line["message"] for line in gateway.loud_lines())
                          and refuses(port), 5)
        with socket.socket() as thief:
            thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with pytest.raises(OSError, match="in use"):
                thief.bind(("127.0.0.1", port))
        cpu = gateway.cpu_seconds()
        time.sleep(1)
        assert gateway.cpu_seconds() - cpu < 0.3
        world = OddServer(("127.0.0.1", backend_port))
        assert wait_until(lambda: greets(port), 3)
        world.close()
        gateway.ends_well()
    finally:
        gateway.close()


def refused_start(mystel, tmp_path, prefix, backends, status):
    """What a gateway says that must not start."""
    file = tmp_path / "mystel.yaml"
    file.write_text(to_yaml(configuration([listener("public", free_port(), "world")], backends)))
    done = subprocess.run(
        [*prefix, mystel, "run", "--config", file], capture_output=True, text=True, timeout=10)
    assert done.returncode == status, done.stderr
    return done.stderr


def test_transparent_sources_without_the_capability_are_refused_at_start(mystel, tmp_path):
    dropped = "-net_admin,-net_raw"  # either one is enough for the kernel
    prefix = ("setpriv", "--bounding-set", dropped, "--inh-caps", dropped)
    world = backend("world", ("127.0.0.1", free_port()), source_address="transparent")
    assert "CAP_NET_ADMIN" in refused_start(mystel, tmp_path, prefix, [world], 71)


def test_room_for_no_session_is_refused_at_start_with_the_arithmetic(mystel, tmp_path):
    world = backend("world", ("127.0.0.1", free_port()))
    said = refused_start(mystel, tmp_path, ("prlimit", "--nofile=30:30"), [world], 78)
    assert "1 sessions x 2 sockets" in said and "may have 30" in said


def test_a_reload_while_draining_opens_nothing(stage, terapeer):
    with stage() as scene:
        scene.gateway.process.terminate()
        assert wait_until(lambda: refuses(scene.public[1]), 2)
        moved = copy.deepcopy(scene.settings)
        port = free_port()
        moved["listeners"][0]["bind"] = f"127.0.0.1:{port}"
        scene.gateway.write(moved)
        scene.gateway.reload()
        time.sleep(0.5)
        assert refuses(port)
        # The stage's own end follows: the neighbours say goodbye within the grace.
        players = scene.neighbours.finish_well()
        assert scene.gateway.wait(5) == 0
        assert_same_bytes(players, scene.world.finish_well())
        scene.check = lambda: None
