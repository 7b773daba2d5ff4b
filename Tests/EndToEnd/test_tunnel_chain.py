"""Gateway to gateway by the tunnel: the one in front is the initiator."""

import contextlib

import pytest
import tera
from duel import Duel, connect, drain
from gateway import Gateway, backend, configuration, listener
from processes import GameServer, Players, assert_same_bytes, free_port
from transcripts import honest
from tunnels import Key, Middle, ending


@pytest.fixture
def keys(mystel, tmp_path):
    """Of the gateway behind, and of the one in front."""
    return Key(mystel, tmp_path, "behind.key"), Key(mystel, tmp_path, "front.key")


def behind(keys):
    return keys[0].settings(suite="ik", peers=[keys[1].public])


@contextlib.contextmanager
def front(mystel, directory, address, keys, name="odd", peer=None, **more):
    """A gateway whose backend is the gateway at `address`. Gives it, and where players connect."""
    directory.mkdir(exist_ok=True)
    port = free_port()
    tunnel = {"key": f"file:{keys[1].file}", "peer": peer or keys[0].public, "name": name}
    with ending(Gateway(mystel, directory, configuration(
            [listener("front", port, "behind")],
            [backend("behind", address, tunnel=tunnel, proxy_protocol="v2")], **more))) as gateway:
        yield gateway, ("127.0.0.1", port)


def test_sessions_pass_byte_exact_and_the_players_address_with_them(
        stage, mystel, tmp_path, keys):
    with stage(accept="v2", odd_listener=behind(keys)) as scene:
        with front(mystel, tmp_path / "front", scene.odd, keys) as (gateway, address):
            for transcript in honest()[:3]:
                transcript.play(address, scene.odd_server, timeout=15)
            with Duel(address, scene.odd_server, source="127.0.0.9") as duel:
                duel.exchange(tera.random_packets(duel.random, 20))
                duel.answer(tera.random_packets(duel.random, 20))
            ends = scene.gateway.wait_end(
                "client_closed", "backend_closed", "client_reset", "backend_reset", count=4)
            assert any("127.0.0.9" in line["client"] for line in ends), ends
            gateway.wait_end("client_closed", "backend_closed", "client_reset", "backend_reset",
                             count=4)
            assert len(gateway.ends()) == 4, gateway.ends()
            gateway.ends_well()


def test_players_of_both_kinds_lose_no_byte(terapeer, stage, mystel, tmp_path, keys):
    with ending(GameServer(terapeer)) as world:
        with stage(odd_address=world.address, accept="v2", odd_listener=behind(keys)) as scene:
            with front(mystel, tmp_path / "front", scene.odd, keys) as (gateway, address):
                with ending(Players(terapeer, address, sessions=6, seed=5)) as players:
                    world.wait_for(event="login", count=6)
                    result = players.finish_well()
                assert_same_bytes(result, world.finish_well())
                gateway.ends_well()


def test_nothing_of_a_player_crosses_in_plain(stage, mystel, tmp_path, keys):
    crossed = {True: b"", False: b""}

    def note(is_to_gateway, _, received):
        crossed[is_to_gateway] += received
        return received

    with stage(accept="v2", odd_listener=behind(keys)) as scene:
        middle = scene.keep(Middle(scene.odd, change=note))
        with front(mystel, tmp_path / "front", middle.address, keys) as (_, address):
            with Duel(address, scene.odd_server) as duel:
                assert duel.keys.client1 not in crossed[True]
                assert tera.SIGNATURE not in crossed[True]
                assert tera.HELLO not in crossed[False][:4]
                assert len(crossed[True]) > 134 + 4 * 144 > 0 < len(crossed[False])


@pytest.mark.parametrize("wrong", ["peer", "name", "stranger"])
def test_another_gateway_than_the_one_that_is_meant_gets_nothing(
        stage, mystel, tmp_path, keys, wrong):
    other = Key(mystel, tmp_path, "other.key")
    used = (keys[0], other) if wrong == "stranger" else keys
    with stage(accept="v2", odd_listener=behind(keys)) as scene:
        with front(mystel, tmp_path / "front", scene.odd, used,
                   peer=other.public if wrong == "peer" else None,
                   name="public" if wrong == "name" else "odd") as (gateway, address):
            player = connect(address)
            with contextlib.suppress(ConnectionError):
                player.sendall(bytes(range(128)))
            # It is greeted before anybody is asked, and hears no more.
            assert drain(player, 12) == tera.HELLO
            player.close()
            gateway.wait_end("backend_tunnel")
            scene.gateway.wait_end(
                "tunnel_unknown_peer" if wrong == "stranger" else "tunnel_handshake")
            assert scene.odd_server.is_untouched(0.2)
            gateway.ends_well()


def test_a_change_on_the_way_ends_the_session_and_reaches_nobody(stage, mystel, tmp_path, keys):
    flips = []

    def flip(is_to_gateway, offset, received):
        if not flips:
            return received
        flips.clear()
        return bytes([received[0] ^ 1]) + received[1:]

    with stage(accept="v2", odd_listener=behind(keys)) as scene:
        middle = scene.keep(Middle(scene.odd, change=flip))
        with front(mystel, tmp_path / "front", middle.address, keys) as (gateway, address):
            for says, reason in (("tell", "backend_tunnel"), ("say", None)):
                with Duel(address, scene.odd_server) as duel:
                    flips.append(True)
                    getattr(duel, says)(tera.random_packets(duel.random, 5))
                    assert duel.server_hears_end() == b""
                    assert duel.player_hears_end() == b""
                if reason:
                    gateway.wait_end(reason)
            scene.gateway.wait_end("tunnel_record")
            gateway.ends_well()
