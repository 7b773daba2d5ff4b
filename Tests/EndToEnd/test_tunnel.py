"""The tunnel: every implementation of it against the gateway."""

import contextlib
import os
import re
import socket
import subprocess
import time

import pytest
import tera
from duel import Duel, connect, drain
from gateway import Gateway, backend, configuration, listener, to_yaml
from management import Management
from processes import GameServer, Players, assert_same_bytes, free_port, wait_until
from tunnels import AGENT, Agent, Key, Middle, NoisePeer, ending, opened, protocol


@pytest.fixture
def key(mystel, tmp_path):
    return Key(mystel, tmp_path)


@pytest.fixture(scope="session")
def other_noise():
    return os.environ.get("NOISE_PYTHON") or pytest.skip(
        "no NOISE_PYTHON: a Python with noiseprotocol; see need_noise in scripts/lib.sh")


def play(terapeer, stage, tunnel, agents, sessions=6, seconds=1.0, **more):
    """Honest players by each of the agents that `agents(gateway address)` makes; byte-exact."""
    with ending(GameServer(terapeer)) as world:
        with stage(odd_address=world.address, odd_listener=tunnel, **more) as scene:
            made = agents(scene)
            with ending(*made):
                players = Players(terapeer, made[0].address, sessions=sessions, seed=11)
                with ending(players):
                    time.sleep(seconds)
                    result = players.finish_well()
                assert_same_bytes(result, world.finish_well())


def test_players_by_the_agent_in_swift_lose_no_byte(terapeer, stage, mystel, key):
    play(terapeer, stage, key.settings(), lambda scene: [
        Agent.swift(mystel, scene.odd, key.public)])


def test_players_by_the_agent_in_python_lose_no_byte(terapeer, stage, key):
    play(terapeer, stage, key.settings(), lambda scene: [Agent.python(scene.odd, key.public)])


def test_players_by_another_implementation_lose_no_byte(terapeer, stage, key, other_noise):
    """It pads, and takes a new key after each fifth record."""
    play(terapeer, stage, key.settings(), lambda scene: [
        NoisePeer(other_noise, "agent", scene.odd, "odd", key.public_digits)])


@pytest.mark.parametrize("agent", ["swift", "python"])
def test_our_agents_speak_with_another_implementation(terapeer, mystel, key, other_noise, agent):
    """It is the gateway, and asks for a cookie first."""
    with ending(GameServer(terapeer)) as world:
        gateway = NoisePeer(other_noise, "gateway", world.address, "odd", key.secret_digits)
        made = (Agent.swift(mystel, gateway.address, key.public) if agent == "swift"
                else Agent.python(gateway.address, key.public))
        with ending(gateway, made):
            players = Players(terapeer, made.address, sessions=4, seed=3)
            with ending(players):
                time.sleep(1)
                result = players.finish_well()
            assert_same_bytes(result, world.finish_well())


@pytest.mark.parametrize("agent", ["swift", "python"])
def test_a_closed_group_plays_with_its_secret(terapeer, stage, mystel, tmp_path, agent):
    secret = Key(mystel, tmp_path, psk=True)
    play(terapeer, stage, secret.settings(suite="psk"), lambda scene: [
        Agent.swift(mystel, scene.odd, secret.file) if agent == "swift"
        else Agent.python(scene.odd, secret.file)])


@pytest.mark.parametrize("padding", ["block", "constant_rate"])
def test_padding_both_ways_changes_no_byte(stage, mystel, key, padding):
    with stage(odd_listener=key.settings(padding=padding)) as scene:
        with ending(Agent.swift(mystel, scene.odd, key.public, "--padding", padding)) as agent:
            with contextlib.closing(Duel(agent.address, scene.odd_server)) as duel:
                for _ in range(5):
                    duel.exchange(tera.random_packets(duel.random, 3))
                    duel.answer(tera.random_packets(duel.random, 3))
                duel.player.shutdown(socket.SHUT_WR)
                assert duel.server_hears_end() == b""
                duel.server.close()
                assert drain(duel.player) == b""
                # An end, at both ends, and no cut.
                scene.gateway.wait_end("client_closed")
            assert not [line for line in agent.lines if "no tunnel" in line.get("text", "")]


@pytest.mark.parametrize("segment", [1, 1460])
def test_segments_of_any_size_disturb_nothing(terapeer, stage, mystel, key, segment):
    middles = []

    def agents(scene):
        middles.append(Middle(scene.odd, segment=segment))
        return [Agent.swift(mystel, middles[0].address, key.public)]

    # A burst of a login is 100 kB: byte by byte, that is enough for one player.
    play(terapeer, stage, key.settings(), agents, sessions=1 if segment == 1 else 6)
    middles[0].close()


def test_a_network_that_stands_still_for_five_seconds_disturbs_nothing(stage, mystel, key):
    with stage(odd_listener=key.settings()) as scene:
        middle = scene.keep(Middle(scene.odd))
        agent = scene.keep(Agent.swift(mystel, middle.address, key.public))
        duel = scene.keep(Duel(agent.address, scene.odd_server))
        middle.flows.clear()
        plain = tera.random_packets(duel.random, 20)
        duel.say(plain)
        duel.tell(plain)
        time.sleep(5)
        middle.flows.set()
        assert duel.server_hears(len(plain)) == plain
        assert duel.player_hears(len(plain)) == plain


def test_both_ends_of_a_session_are_told_of_its_end(stage, mystel, key):
    with stage(odd_listener=key.settings()) as scene:
        agent = scene.keep(Agent.swift(mystel, scene.odd, key.public))
        duel = scene.keep(Duel(agent.address, scene.odd_server))
        duel.player.shutdown(socket.SHUT_WR)
        assert duel.server_hears_end() == b""
        duel.server.close()
        assert drain(duel.player) == b""
        scene.gateway.wait_end("client_closed")
        other = scene.keep(Duel(agent.address, scene.odd_server, seed=2))
        other.tell(tera.packet(19901, b"\1"))
        other.server.shutdown(socket.SHUT_WR)
        assert other.player_reads.apply(drain(other.player)) == tera.packet(19901, b"\1")
        other.player.close()
        scene.gateway.wait_end("backend_closed")


def test_the_address_of_a_proxy_header_is_the_players(stage, key):
    """The header comes first and in plain; the tunnel behind it."""
    with stage(accept="v2", odd_listener=key.settings()) as scene:
        for cut in (0, 5, 28):
            peer = connect(scene.odd)
            header = tera.proxy_v2("203.0.113.77")
            peer.sendall(header[:cut])
            time.sleep(0.1 if cut else 0)
            with opened(peer, key, first=header[cut:]) as speak:
                assert speak.hear(4) == tera.HELLO
            peer.close()
        found = scene.gateway.wait_end(count=3)
        assert all("203.0.113.77" in line["client"] for line in found), found


def test_gateways_prove_their_keys_and_bring_the_players_address_inside(
        stage, mystel, key, tmp_path):
    own, stranger = Key(mystel, tmp_path, "own.key"), Key(mystel, tmp_path, "stranger.key")
    tunnel = key.settings(suite="ik", peers=[own.public])
    with stage(accept="v2", odd_listener=tunnel) as scene:
        agent = scene.keep(
            Agent.swift(mystel, scene.odd, key.public, "--own-key", own.file))
        duel = scene.keep(
            Duel(agent.address, scene.odd_server, header=tera.proxy_v2("203.0.113.5")))
        duel.exchange(tera.random_packets(duel.random, 5))
        duel.close()
        assert "203.0.113.5" in scene.gateway.wait_end()[0]["client"]
        other = scene.keep(
            Agent.swift(mystel, scene.odd, key.public, "--own-key", stranger.file))
        assert drain(connect(other.address), 10) == b""
        scene.gateway.wait_end("tunnel_unknown_peer")


def test_metrics_tell_of_tunnels(stage, mystel, key):
    port = free_port()
    with stage(odd_listener=key.settings(),
               management={"http": f"127.0.0.1:{port}"}) as scene:
        def counts():
            metrics = Management(port).metrics()
            return [metrics[f'mystel_tunnel_{name}{{listener="odd"}}'] for name in (
                "sessions", "opened_total", "cookies_total")]

        assert counts() == [0, 0, 0]
        assert not [name for name in Management(port).metrics()
                    if "tunnel_" in name and "public" in name]
        agent = scene.keep(Agent.swift(mystel, scene.odd, key.public))
        duels = [scene.keep(Duel(agent.address, scene.odd_server, seed=seed)) for seed in (1, 2)]
        assert wait_until(lambda: counts() == [2, 2, 0], 5), counts()
        duels[0].close()
        assert wait_until(lambda: counts() == [1, 2, 0], 5), counts()
        peer = connect(scene.odd)
        peer.sendall(bytes(200))
        drain(peer)
        peer.close()
        scene.gateway.wait_end("tunnel_handshake")
        # What was just asked for is answered again for a moment.
        failed = 'mystel_closes_total{reason="tunnel_handshake"}'
        assert wait_until(lambda: Management(port).metrics()[failed] == 1, 5)
        assert counts() == [1, 2, 0]


# --- Keys and settings ----------------------------------------------------------------------------

def test_keys_are_for_their_owner_and_never_written_over(mystel, tmp_path, key):
    assert key.file.stat().st_mode & 0o777 == 0o600
    again = subprocess.run([mystel, "tunnel", "keygen", key.file], capture_output=True)
    assert again.returncode == 73 and not again.stdout
    for place in (key.file, key.public):
        printed = subprocess.run([mystel, "tunnel", "fingerprint", place], check=True,
                                 capture_output=True, text=True).stdout.splitlines()
        assert printed[0] == key.public and len(printed[1]) == 39
    assert protocol.public_key(bytes.fromhex(key.secret_digits)).hex() == key.public_digits
    secret = Key(mystel, tmp_path, "psk.key", psk=True)
    assert secret.public == ""
    assert subprocess.run([mystel, "tunnel", "fingerprint", secret.file],
                          capture_output=True).returncode == 65


def test_a_key_of_the_wrong_kind_or_that_others_may_read_stops_the_start(
        mystel, tmp_path, key, stage):
    """`run` and `check` say where that stands, what is wrong, and the command that helps."""
    with stage() as scene:
        settings = {**scene.settings}
    psk = Key(mystel, tmp_path, "psk.key", psk=True)
    open_key, public, noise, missing, folder = (Key(mystel, tmp_path, f"{name}.key") for name in (
        "open", "public", "noise", "missing", "folder"))
    open_key.file.chmod(0o644)
    public.file.write_text(public.public + "\n")
    noise.file.write_text("0123456789abcdef" * 4 + "\n")
    missing.file.unlink()
    folder.file.unlink()
    folder.file.mkdir(mode=0o700)
    keygen = "mystel tunnel keygen"
    for tunnel, *messages in (
            (psk.settings(), "holds a group's secret, and no private key", f"`{keygen} FILE`"),
            (public.settings(), "holds a public key, and no private key", f"`{keygen} FILE`"),
            (noise.settings(), "holds no key of the tunnel", f"`{keygen} FILE`"),
            (key.settings(suite="psk"), "holds a gateway's private key, and no secret",
             f"`{keygen} --psk FILE`"),
            (open_key.settings(), "can be read by everybody", "chmod 600"),
            (missing.settings(), "cannot be opened", f"`{keygen} {missing.file}` makes it"),
            (missing.settings(suite="psk"), f"`{keygen} --psk {missing.file}` makes it"),
            (folder.settings(), "is a directory")):
        settings["listeners"][1].update(tunnel)
        assert_refused(mystel, tmp_path, settings, "listeners[1].tunnel.key", messages)


def test_a_backends_key_of_the_wrong_kind_stops_the_start(mystel, tmp_path, key, stage):
    with stage() as scene:
        settings = {**scene.settings}
    psk = Key(mystel, tmp_path, "psk.key", psk=True)
    settings["backends"][1]["tunnel"] = {
        "key": f"file:{psk.file}", "peer": key.public, "name": "inner"}
    settings["backends"][1]["proxy_protocol"] = "v2"
    assert_refused(mystel, tmp_path, settings, "backends[1].tunnel.key",
                   ["holds a group's secret, and no private key"])


def assert_refused(mystel, directory, settings, where, messages):
    file = directory / "wrong.yaml"
    text = to_yaml(settings)
    file.write_text(text)
    line = next(number for number, line in enumerate(text.splitlines(), 1)
                if "key: " in line and ".key" in line)
    for command in ("run", "check"):
        ended = subprocess.run(
            [mystel, command, "--config", file], capture_output=True, text=True, timeout=10)
        assert ended.returncode == 78, ended.stderr
        for message in messages:
            assert message in ended.stderr, ended.stderr
        assert re.search(rf"^{file}:{line}:\d+: {re.escape(where)}: ", ended.stderr, re.M), ended.stderr
        assert "mystel-tunnel" not in ended.stderr


def test_a_reload_changes_the_key_for_new_tunnels_alone(stage, mystel, tmp_path, key):
    with stage(odd_listener=key.settings()) as scene:
        agent = scene.keep(Agent.swift(mystel, scene.odd, key.public))
        duel = scene.keep(Duel(agent.address, scene.odd_server))
        new = Key(mystel, tmp_path, "new.key")
        scene.settings["listeners"][1].update(new.settings())
        scene.gateway.write(scene.settings)
        scene.gateway.reload()
        scene.gateway.wait_loud("configuration reloaded")
        duel.exchange(tera.random_packets(duel.random, 5))
        assert drain(connect(agent.address), 10) == b""
        scene.gateway.wait_end("tunnel_handshake")
        renewed = scene.keep(Agent.swift(mystel, scene.odd, new.public))
        other = scene.keep(Duel(renewed.address, scene.odd_server, seed=2))
        other.exchange(tera.random_packets(other.random, 5))


def test_the_agent_in_python_is_one_file_that_needs_nothing(key, tmp_path):
    """Without the package `cryptography` it has slow code of its own, which agrees with it."""
    code = """
import sys
sys.modules["cryptography"] = None
sys.path.insert(0, sys.argv[1])
import mystel_tunnel as agent
print(agent.public_key(bytes(range(32))).hex())
print(agent.seal(bytes(32), 2**40, b"x" * 100, b"y" * 20).hex())
"""
    printed = subprocess.run(
        ["python3", "-c", code, AGENT.parent], check=True, capture_output=True, text=True)
    assert "not hardened" in printed.stderr
    assert printed.stdout.split() == [
        protocol.public_key(bytes(range(32))).hex(),
        protocol.seal(bytes(32), 2**40, b"x" * 100, b"y" * 20).hex()]


def test_a_chain_of_two_gateways_by_configuration_tells_the_players_address(
        stage, mystel, key, tmp_path):
    """Game, gateway in front, its tunnel, gateway behind, game server."""
    own = Key(mystel, tmp_path, "own.key")
    tunnel = key.settings(suite="ik", peers=[own.public])
    with stage(accept="v2", odd_listener=tunnel) as scene:
        agent = scene.keep(
            Agent.swift(mystel, scene.odd, key.public, "--own-key", own.file))
        directory = tmp_path / "front"
        directory.mkdir()
        port = free_port()
        front = scene.keep(Gateway(mystel, directory, configuration(
            [listener("front", port, "behind")],
            [backend("behind", agent.address, proxy_protocol="v2")])))
        duel = scene.keep(
            Duel(("127.0.0.1", port), scene.odd_server, source="127.0.0.9"))
        duel.exchange(tera.random_packets(duel.random, 10))
        duel.answer(tera.random_packets(duel.random, 10))
        duel.close()
        scene.gateway.wait_end("client_closed", "backend_closed", "client_reset", "backend_reset")
        assert any("127.0.0.9" in line["client"] for line in scene.gateway.ends())
        front.ends_well()
