"""Floods: rows A2, A4, A5, C8, E9-E11 of the catalogue, seen from outside."""

import socket
import subprocess
import time

import tera
from duel import connect, drain, receive_exactly, reset
from processes import wait_until

ADDRESS = {"address": {"connections_per_second": 10, "concurrent_connections": 128}}
NEIGHBOURS = {"exempt": ["127.0.0.1"]}  # who all come from one address
PLAY_TIME = tera.packet(42242, bytes(20))  # C_UPDATE_CONTENTS_PLAYTIME, which costs 1


def is_greeted(scene, source):
    """Whether a new connection gets the hello."""
    try:
        peer = connect(scene.odd, source)
    except ConnectionError:
        return False
    try:
        return receive_exactly(peer, 4) == tera.HELLO
    finally:
        peer.close()


def summary_of(scene, *reasons):
    """Sum of some reasons in the summary of a gateway that has ended."""
    closes = scene.gateway.summary()["closes"]
    return sum(int(closes.get(reason, 0)) for reason in reasons)


def test_A4_one_address_is_capped_and_others_never_notice(stage):
    with stage(limits=ADDRESS) as scene:
        before = len(scene.gateway.loud_lines())
        greeted = sum(is_greeted(scene, "127.9.0.1") for _ in range(300))
        assert 20 <= greeted <= 60, greeted
        for host in range(1, 6):
            scene.duel(source=f"127.8.{host}.1").exchange(PLAY_TIME)
        # One line for the rate, one for the block that follows it; never one a connection.
        assert wait_until(lambda: len(scene.gateway.loud_lines()) > before, 5)
        lines = scene.gateway.loud_lines()[before:]
        assert 1 <= len(lines) <= 3, lines
        assert {line.get("reason", "") for line in lines} <= {"", "address_rate", "address_blocked"}
    assert summary_of(scene, "address_rate", "address_blocked") >= 240


def test_A4_an_address_that_never_stops_is_refused_for_a_while(stage):
    limits = {"address": {"connections_per_second": 5, "burst_connections": 5, "block": "3s",
                          **NEIGHBOURS}}
    with stage(limits=limits) as scene:
        for _ in range(200):
            is_greeted(scene, "127.9.0.1")
        blocked = time.monotonic()
        time.sleep(1.5)
        assert not is_greeted(scene, "127.9.0.1")
        # It ends by itself for whoever stops hammering.
        while not is_greeted(scene, "127.9.0.1"):
            assert time.monotonic() - blocked < 10
            time.sleep(0.5)


def test_A4_concurrent_connections_of_one_address(stage):
    limits = {"address": {"connections_per_second": "unlimited", "concurrent_connections": 5,
                          **NEIGHBOURS}}
    with stage(limits=limits) as scene:
        kept = []
        for _ in range(8):
            peer = connect(scene.odd, "127.9.0.1")
            if receive_exactly(peer, 4) == tera.HELLO:
                kept.append(peer)
            else:
                peer.close()
        assert len(kept) == 5
        kept.pop().close()
        assert wait_until(lambda: is_greeted(scene, "127.9.0.1"), 3)
        for peer in kept:
            peer.close()


def test_A5_strangers_from_everywhere_share_one_rate(stage):
    limits = {"gateway": {"connections_per_second": 20, "burst_connections": 20}}
    with stage(limits=limits) as scene:
        greeted = sum(is_greeted(scene, f"127.{10 + n // 250}.{n % 250}.1") for n in range(300))
        assert 10 <= greeted <= 80, greeted
        scene.gateway.wait_end("gateway_rate")


def test_behind_a_proxy_the_players_are_limited_and_the_proxy_is_not(stage):
    limits = {"address": {"connections_per_second": 5, "burst_connections": 5, **NEIGHBOURS}}
    with stage(limits=limits, accept="v2") as scene:
        def is_let_in(player):
            peer = connect(scene.odd)
            peer.sendall(tera.proxy_v2(source=player))
            try:
                return receive_exactly(peer, 4) == tera.HELLO
            finally:
                peer.close()

        greeted = sum(is_let_in("203.0.113.9") for _ in range(20))
        assert 5 <= greeted <= 10, greeted
        for number in range(60):
            assert is_let_in(f"198.51.{number}.7"), number


def test_C8_keys_and_goodbye_cost_the_server_no_more_than_the_rate(stage):
    limits = {"address": {"connections_per_second": "unlimited", "handshakes_per_second": 5,
                          "burst_connections": "auto"}}
    with stage(limits=limits) as scene:
        for _ in range(100):
            peer = connect(scene.odd, "127.9.0.1")
            receive_exactly(peer, 4)
            try:
                peer.sendall(bytes(range(128)))
            except ConnectionError:
                pass
            peer.close()
        made = 0
        while (server := scene.odd_server.accept(0.3)) is not None:
            server.close()
            made += 1
        assert made <= 30, f"{made} backend connections for 100 handshakes"
        scene.gateway.wait_end("handshake_rate")
        scene.duel(source="127.8.0.1").exchange(PLAY_TIME)


def test_logins_have_a_rate_of_their_own(stage):
    limits = {"address": {"connections_per_second": "unlimited",
                          "handshakes_per_second": "unlimited",
                          "logins_per_second": 1, **NEIGHBOURS}}
    with stage(limits=limits) as scene:
        duels = [scene.duel(source="127.9.0.1", seed=n) for n in range(2)]
        third = scene.duel(source="127.9.0.1", seed=3, log_in=False)
        third.exchange(tera.check_version())
        third.say(tera.login())
        assert third.server_hears_end() == b""
        scene.gateway.wait_end("login_rate")
        for duel in duels:
            duel.exchange(PLAY_TIME)


def test_E9_a_packet_flood_is_slowed_down_and_nothing_is_lost(stage):
    limits = {"session": {"packets_per_second": 50}}
    with stage(limits=limits) as scene:
        duel = scene.duel()
        sent = PLAY_TIME * 200
        start = time.monotonic()
        duel.say(sent)
        assert duel.server_hears(len(sent)) == sent
        # 50 at once, and the rest at 50 a second.
        assert 2.5 <= time.monotonic() - start <= 4.5
        duel.exchange(PLAY_TIME)


def test_E9_a_burst_after_a_stall_passes_at_once(stage):
    limits = {"session": {"packets_per_second": 50}}
    with stage(limits=limits) as scene:
        duel = scene.duel()
        time.sleep(4)
        sent = PLAY_TIME * 200
        start = time.monotonic()
        duel.exchange(sent)
        assert time.monotonic() - start < 1.0


def test_E9_the_servers_own_stall_is_no_players_fault(stage):
    """A server that takes nothing for a while is sent everything that was said meanwhile."""
    limits = {"session": {"packets_per_second": 400, "bytes_per_second": "unlimited"},
              "queue_bytes": "16KiB"}
    with stage(limits=limits) as scene:
        duel = scene.duel()
        # More than server, gateway and kernel hold, at an honest rate.
        piece = tera.packet(42242, bytes(8000)) * 30
        sent = b""
        duel.player.settimeout(0.1)
        for _ in range(80):
            part = duel.player_sends.apply(piece)
            sent += piece
            duel.player.setblocking(True)
            duel.player.settimeout(0.05)
            view = memoryview(part)
            try:
                while view:
                    view = view[duel.player.send(view):]
            except TimeoutError:
                break
            time.sleep(0.05)
        stalled = time.monotonic()
        time.sleep(3)
        rest = bytes(view)
        duel.server.settimeout(20)
        heard = bytearray()
        start = time.monotonic()
        duel.player.setblocking(False)
        while len(heard) < len(sent):
            if rest:
                try:
                    rest = rest[duel.player.send(rest):]
                except BlockingIOError:
                    pass
            heard += duel.server_reads.apply(duel.server.recv(1 << 20))
        assert bytes(heard) == sent
        assert time.monotonic() - start < 5, "delayed for what the server did"
        assert start - stalled >= 3


def test_E9_drop_leaves_out_and_close_ends(stage):
    limits = {"session": {"packets_per_second": 50, "reaction": "drop"}}
    with stage(limits=limits) as scene:
        duel = scene.duel()
        duel.say(PLAY_TIME * 300)
        time.sleep(1.5)
        duel.say(tera.packet(42242, b"last" * 5))
        heard = b""
        while not heard.endswith(b"last" * 5):
            heard += duel.server_hears(24)
        assert 24 * 30 <= len(heard) <= 24 * 120, len(heard) // 24
    limits = {"session": {"packets_per_second": 50, "reaction": "close"}}
    with stage(limits=limits) as scene:
        duel = scene.duel()
        duel.say(PLAY_TIME * 300)
        duel.server_hears_end()
        scene.gateway.wait_end("packet_rate")


def test_E10_a_byte_flood_is_read_no_faster_than_its_rate(stage):
    limits = {"session": {"packets_per_second": "unlimited", "bytes_per_second": 50_000}}
    with stage(limits=limits) as scene:
        duel = scene.duel()
        sent = tera.packet(42242, bytes(5000)) * 40
        start = time.monotonic()
        duel.say(sent)
        assert duel.server_hears(len(sent)) == sent
        assert 2.5 <= time.monotonic() - start <= 5


def test_E11_a_server_may_send_as_much_as_it_likes(stage):
    limits = {"session": {"packets_per_second": 5, "bytes_per_second": 2000, "reaction": "close"}}
    with stage(limits=limits, neighbours=0) as scene:
        duel = scene.duel(log_in=False)
        sent = tera.packet(25976, bytes(1000)) * 2000
        duel.exchange(tera.check_version())
        start = time.monotonic()
        duel.tell(sent[:1004 * 50])
        assert duel.player_hears(1004 * 50) == sent[:1004 * 50]
        assert time.monotonic() - start < 2


def test_shadow_counts_and_refuses_nobody(stage):
    limits = {"address": {"mode": "shadow", "connections_per_second": 1},
              "session": {"mode": "shadow", "packets_per_second": 5}}
    with stage(limits=limits) as scene:
        assert all(is_greeted(scene, "127.9.0.1") for _ in range(30))
        duel = scene.duel()
        duel.exchange(PLAY_TIME * 300)
    summary = scene.gateway.summary()
    assert int(summary["shadowed"]["address_rate"]) > 0
    assert int(summary["metered"]["counted"]) > 0 and int(summary["metered"]["delayed"]) == 0


def test_under_attack_new_connections_are_hurried_and_players_are_not(stage):
    admission = {"calm": "2s", "elevated": {"connections_per_second": 20},
                 "under_attack": {"connections_per_second": 40, "keys": "1s"},
                 "strangers_per_second": 5}
    with stage(admission=admission, limits={"gateway": {"mode": "enforce"}}) as scene:
        duel = scene.duel()
        end = time.monotonic() + 4
        attempts = 0
        while time.monotonic() < end:
            try:
                reset(connect(scene.odd, f"127.{20 + attempts // 250 % 200}.{attempts % 250}.1"))
            except ConnectionError:
                pass
            attempts += 1
            time.sleep(0.01)
        told = scene.gateway.wait_loud("tightened")
        assert told[-1]["to"] == "under_attack", told
        assert len(told) <= 2
        scene.gateway.wait_end("under_attack")
        duel.exchange(PLAY_TIME * 10)
        silent = connect(scene.odd, "127.250.1.1")
        if receive_exactly(silent, 4) == tera.HELLO:
            start = time.monotonic()
            drain(silent, 4)
            assert time.monotonic() - start < 2.5
        silent.close()
        assert wait_until(lambda: any(
            line.get("to") == "normal" for line in scene.gateway.loud_lines()), 12)


def test_a_flood_of_each_kind_beside_200_players(mystel):
    """Packets, bytes, connections and handshakes, each from addresses of their own."""
    done = subprocess.run(
        [mystel, "demo", "--players", "200", "--seconds", "20", "--seed", "7"],
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "Honest players: 200 of 200 byte-exact in both directions." in done.stdout
    for kind in ("tinyFlood", "byteFlood", "connectionFlood", "handshakeFlood"):
        assert kind in done.stdout
