"""Section K of the catalogue, and whoever sits between an agent and the gateway."""

import contextlib
import os
import socket
import threading
import time

import pytest
import tera
from duel import Duel, connect, drain, receive_exactly
from processes import wait_until
from tunnels import Agent, Key, Middle, RekeyingAgent, ending, opened, protocol


@pytest.fixture
def key(mystel, tmp_path):
    return Key(mystel, tmp_path)


def initiation(key, ephemeral=None, cookie=bytes(32)):
    return protocol.Handshake("nk", bytes.fromhex(key.public_digits), b"odd", cookie,
                              ephemeral or os.urandom(32)).initiation()


def assert_refused(scene, data, reason, seconds=2):
    """These bytes get no answer but the end, and the game server hears of nothing."""
    peer = connect(scene.odd)
    with contextlib.suppress(ConnectionError):
        peer.sendall(data)
    assert drain(peer, seconds) == b""
    peer.close()
    scene.gateway.wait_end(reason)
    assert scene.odd_server.is_untouched(0.2)


def test_K1_a_key_of_low_order_is_refused_and_charged(stage, key):
    with stage(odd_listener=key.settings()) as scene:
        for text in ("00" * 32, "01" + "00" * 31, "ec" + "ff" * 30 + "7f"):
            data = bytearray(initiation(key))
            data[38:70] = bytes.fromhex(text)
            assert_refused(scene, bytes(data), "tunnel_weak_key")


@pytest.mark.parametrize("padding", ["none", "constant_rate"])
def test_K2_a_replayed_first_message_has_no_effect(stage, key, padding):
    with stage(odd_listener=key.settings(padding=padding), timeouts={"keys": "8s"}) as scene:
        data = initiation(key)
        for _ in range(2):
            peer = connect(scene.odd)
            peer.sendall(data)
            answer = receive_exactly(peer, 54)
            assert answer[:6] == bytes([1, 3, 1, 0, 0, 48])
            # No greeting follows: it would be the game's first byte.
            assert drain(peer, 7) == b""
            peer.close()
        scene.gateway.wait_end("tunnel_timeout", count=2)
        assert scene.odd_server.is_untouched(0.2)


def test_K2_no_server_is_asked_before_the_tunnel_stands_whatever_the_game(stage, key):
    """Opaque bytes go to the server from the first on: not before it is known whose they are."""
    with stage(odd_listener=key.settings(), odd_game="none") as scene:
        peer = connect(scene.odd)
        assert scene.odd_server.is_untouched(0.3)
        peer.sendall(initiation(key))
        assert len(receive_exactly(peer, 54)) == 54
        assert scene.odd_server.is_untouched(0.3)
        peer.close()
        peer = connect(scene.odd)
        with opened(peer, key) as speak:
            server = scene.odd_server.accept_player(2, hello=b"welcome")
            assert speak.hear(7) == b"welcome"
            speak.say(b"anything")
            assert receive_exactly(server, 8) == b"anything"
        peer.close()


def test_a_server_that_says_more_than_the_pace_allows_has_to_wait(stage, mystel, key):
    """At a constant rate, what waits for its turn is bounded as what waits for the kernel is."""
    with stage(odd_listener=key.settings(padding="constant_rate"), odd_game="none") as scene:
        agent = scene.keep(Agent.swift(mystel, scene.odd, key.public))
        peer = connect(agent.address)
        peer.sendall(b"begin")
        server = scene.odd_server.accept_player(5, hello=b"")
        assert server and receive_exactly(server, 5) == b"begin"
        server.settimeout(1)
        said, most = 0, 64 << 20
        with contextlib.suppress(TimeoutError):
            while said < most:
                said += server.send(bytes(1 << 16))
        assert said < most
        assert len(receive_exactly(peer, 10_000)) == 10_000
        peer.close()


def test_K3_records_out_of_order_end_the_session(stage, key):
    with stage(odd_listener=key.settings()) as scene:
        for order in ([1, 0], [0, 0], [1]):
            peer = connect(scene.odd)
            with opened(peer, key) as speak:
                assert speak.hear(4) == tera.HELLO
                records = [speak.sender.data(bytes([number]) * 64) for number in range(2)]
                peer.sendall(b"".join(records[place] for place in order))
                drain(peer, 2)
            peer.close()
        scene.gateway.wait_end("tunnel_record", count=3)
        assert scene.odd_server.is_untouched(0.2)


def test_K3_a_connection_that_is_cut_is_not_an_end(stage, key):
    with stage(odd_listener=key.settings()) as scene:
        peer = connect(scene.odd)
        with opened(peer, key) as speak:
            speak.hear(4)
            peer.shutdown(socket.SHUT_WR)
            drain(peer, 2)
        peer.close()
        scene.gateway.wait_end("tunnel_truncated")


@pytest.mark.parametrize("data", [
    bytes(range(128)), tera.proxy_v2(), b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
    b"GET / HTTP/1.1\r\n\r\n", bytes.fromhex("16030102000100"), b"\1\1\2\0\0\x80" + bytes(128),
    b"\2\1\1\0\0\x50" + bytes(80),
], ids=["K4-game", "K7-proxy-v2", "K7-proxy-v1", "http", "tls", "other-suite", "other-version"])
def test_what_is_no_tunnel_is_refused_and_never_passed_on(stage, key, data):
    with stage(odd_listener=key.settings()) as scene:
        assert_refused(scene, data, "tunnel_handshake")


def test_K4_a_game_without_the_agent_waits_to_be_greeted_and_is_closed(stage, key):
    with stage(odd_listener=key.settings()) as scene:
        peer = connect(scene.odd)
        assert drain(peer, 7) == b""
        peer.close()
        scene.gateway.wait_end("tunnel_timeout")


def test_records_without_content_are_bounded(stage, key):
    """No limit of a session sees them."""
    with stage(odd_listener=key.settings(), odd_game="none") as scene:
        peer = connect(scene.odd)
        with opened(peer, key) as speak:
            with contextlib.suppress(OSError):
                for _ in range(3000):
                    peer.sendall(speak.sender.record(protocol.DATA))
            scene.gateway.wait_end("tunnel_record")
        peer.close()


def test_K7_the_tunnel_is_no_game_where_the_listener_has_none(stage, key):
    with stage() as scene:
        peer = connect(scene.odd)
        peer.sendall(initiation(key) + bytes(300))
        assert drain(peer, 3)[4:] == b""
        peer.close()
        assert scene.gateway.wait_end()


def test_K5_a_long_session_takes_new_keys(stage, key):
    """Each record with the next key, in the middle of packets."""
    with stage(odd_listener=key.settings()) as scene:
        agent = scene.keep(RekeyingAgent(scene.odd, key))
        duel = scene.keep(Duel(agent.address, scene.odd_server))
        for _ in range(10):
            duel.exchange(tera.random_packets(duel.random, 10))
            duel.answer(tera.random_packets(duel.random, 10))


def test_K6_a_flood_of_handshakes_leaves_players_alone(stage, key):
    """As many as two threads can ask for; neighbours lose no byte, and new players get in after."""
    with stage(odd_listener=key.settings()) as scene:
        data, ends, count = initiation(key), time.monotonic() + 3, [0, 0]

        def flood(index):
            while time.monotonic() < ends:
                with contextlib.suppress(OSError), socket.create_connection(scene.odd) as peer:
                    peer.sendall(data)
                    count[index] += 1

        threads = [threading.Thread(target=flood, args=(index,)) for index in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sum(count) > 500, count
        wait_until(lambda: scene.gateway.descriptors() <= scene.gateway.baseline + 20, 15)
        peer = connect(scene.odd)
        with opened(peer, key) as speak:
            assert speak.hear(4) == tera.HELLO
        peer.close()


# --- Somebody on the way --------------------------------------------------------------------------

def test_whatever_byte_is_changed_nothing_of_it_reaches_the_server(stage, mystel, key):
    """Handshake, opening record, the cell and the tail of data, to the gateway: one byte each."""
    with stage(odd_listener=key.settings()) as scene:
        for place in (0, 6, 38, 85, 86, 229, 230, 300, 374):
            middle = Middle(scene.odd, change=flip(True, place))
            agent = Agent.swift(mystel, middle.address, key.public)
            with ending(middle, agent):
                peer = connect(agent.address)
                with contextlib.suppress(ConnectionError):
                    peer.sendall(bytes(128))
                drain(peer, 12)
                peer.close()
            assert scene.odd_server.is_untouched(0.1), place


@pytest.mark.parametrize("place", [0, 5, 6, 37, 38, 53, 54, 100, 197, 198, 300])
def test_whatever_byte_is_changed_nothing_of_it_reaches_the_player(stage, mystel, key, place):
    with stage(odd_listener=key.settings(), neighbours=0) as scene:
        middle = scene.keep(Middle(scene.odd, change=flip(False, place)))
        agent = scene.keep(Agent.swift(mystel, middle.address, key.public))
        peer = connect(agent.address)
        with contextlib.suppress(ConnectionError):
            peer.sendall(bytes(128))
        server = scene.odd_server.accept_player(2)
        if server:
            with contextlib.suppress(ConnectionError):
                server.sendall(bytes([7]) * 128)
        # The greeting is the first record; the server's key the second.
        heard = drain(peer, 12)
        assert heard == (b"" if place < 198 else tera.HELLO), place
        peer.close()


def flip(is_to_gateway, place):
    def change(direction, offset, received):
        if direction != is_to_gateway or not offset <= place < offset + len(received):
            return received
        changed = bytearray(received)
        changed[place - offset] ^= 0x10
        return bytes(changed)
    return change
