"""Faults at accept and in TCP: section A of the catalogue, as far as a socket can show it."""

import contextlib
import random
import resource
import signal
import socket
import threading
import time

import pytest
import tera
from duel import OddServer, connect, drain, receive_exactly, reset, seconds_until_closed
from gateway import Gateway, backend, configuration, is_listening, listener
from kernel import options_of
from processes import GameServer, Peer, Players, assert_same_bytes, free_port, wait_until

MEGABYTE = 1 << 20


def flood(stage, kind, count, *more, address=None):
    host, port = address or stage.odd
    return stage.keep(Peer(
        stage.terapeer, "flood", "--connect", f"{host}:{port}", "--kind", kind, "--sessions",
        count, "--source", "127.1.0.1", *more))


def test_A1_silent_connection_ends_at_its_deadline(stage):
    with stage(timeouts={"keys": "1s"}) as scene:
        silent = flood(scene, "silent", 30)
        result = silent.wait_for(event="result", timeout=6)[0]
        assert result["closed"] == 30 and result["received_bytes"] == 30 * 4
        assert 800 <= result["shortest_ms"] and result["longest_ms"] <= 2500
        assert scene.odd_server.is_untouched()
        scene.gateway.wait_end("keys_timeout", count=30)


def test_A2_scans_are_counted_and_not_logged_one_by_one(stage):
    with stage() as scene:
        before = len(scene.gateway.loud_lines())
        for round in range(150):
            peer = connect(scene.odd)
            reset(peer) if round % 2 else peer.close()
        scene.gateway.wait_end("empty", "client_reset", "client_closed", count=150)
        assert len(scene.gateway.loud_lines()) - before <= 3
        assert scene.odd_server.is_untouched()
        scene.duel().close()


def test_A3_dripping_bytes_do_not_extend_the_deadline(stage):
    with stage(timeouts={"keys": "1500ms"}) as scene:
        drip = flood(scene, "drip", 30, "--drip-ms", 100)
        result = drip.wait_for(event="result", timeout=6)[0]
        assert result["closed"] == 30
        assert 1200 <= result["shortest_ms"] and result["longest_ms"] <= 3000
        assert scene.odd_server.is_untouched()
        scene.gateway.wait_end("keys_timeout", count=30)


def test_A6_without_descriptors_newcomers_are_closed_and_nothing_spins(stage):
    with stage() as scene:
        pid = scene.gateway.pid
        before = resource.prlimit(pid, resource.RLIMIT_NOFILE)
        resource.prlimit(pid, resource.RLIMIT_NOFILE,
                         (scene.gateway.descriptors() + 4, before[1]))
        newcomers = [connect(scene.odd) for _ in range(60)]
        refused = [peer for peer in newcomers if ends_within(peer, 1.0)]
        assert len(refused) >= 50
        cpu = scene.gateway.cpu_seconds()
        waiting = connect(scene.odd)
        time.sleep(1)
        assert scene.gateway.cpu_seconds() - cpu < 0.5
        for peer in [*newcomers, waiting]:
            peer.close()
        resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
        start = time.monotonic()
        scene.duel().close()
        assert time.monotonic() - start < 0.9, "the listener was frozen"


def ends_within(peer, seconds):
    """Whether the other side closes; a hello before it is passed over."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        peer.settimeout(left)
        try:
            if peer.recv(64) == b"":
                return True
        except TimeoutError:
            return False
        except ConnectionError:
            return True
    return False


def test_A7_connections_reset_before_accept_do_not_close_the_listener(stage):
    with stage() as scene:
        scene.gateway.process.send_signal(signal.SIGSTOP)
        for _ in range(40):
            reset(connect(scene.odd))
        scene.gateway.process.send_signal(signal.SIGCONT)
        scene.duel().close()


def test_A8_half_close_by_the_client_reaches_the_server_behind_the_data(stage):
    with stage(timeouts={"client_half_close": "5s"}) as scene:
        duel = scene.duel()
        packets = tera.random_packets(duel.random, 200)
        duel.say(packets)
        duel.player.shutdown(socket.SHUT_WR)
        assert duel.server_hears_end() == packets
        reply = tera.random_packets(duel.random, 500)
        duel.tell(reply)
        assert duel.player_hears(len(reply)) == reply
        duel.server.close()
        assert duel.player_hears_end() == b""


def test_A8_half_closed_session_does_not_stay_and_does_not_spin(stage):
    with stage(timeouts={"client_half_close": "1500ms"}) as scene:
        duel = scene.duel()
        duel.player.shutdown(socket.SHUT_WR)
        assert duel.server_hears_end() == b""
        cpu, start = scene.gateway.cpu_seconds(), time.monotonic()
        assert duel.player_hears_end() == b""
        assert 1.0 <= time.monotonic() - start <= 3.0
        assert scene.gateway.cpu_seconds() - cpu < 0.7
        scene.gateway.wait_end("half_close_expired")


def test_A9_half_close_by_the_server_truncates_nothing(stage):
    with stage(timeouts={"backend_half_close": "1s"}) as scene:
        duel = scene.duel()
        packets = b"".join(tera.packet(30000, duel.random.randbytes(60000)) for _ in range(34))
        sender = threading.Thread(target=send_and_end, args=(duel, packets))
        sender.start()
        assert duel.player_hears(len(packets)) == packets
        start = time.monotonic()
        assert duel.player_hears_end() == b""
        assert wait_until(lambda: scene.gateway.ends(), 3)
        assert time.monotonic() - start < 2.5
        sender.join()


def send_and_end(duel, packets):
    duel.tell(packets)
    duel.server.shutdown(socket.SHUT_WR)


def test_A10_reset_in_mid_packet_ends_both_sides_and_touches_nobody_else(stage):
    with stage() as scene:
        for round in range(20):
            duel = scene.duel(seed=round)
            half = tera.packet(30000, duel.random.randbytes(500))[:200]
            if round % 2:
                duel.say(half)
                reset(duel.player)
                duel.server_hears_end(2)
            else:
                duel.tell(half)
                reset(duel.server)
                duel.player_hears_end(2)
            scene.duel(seed=1000 + round).exchange(tera.random_packets(random.Random(1), 10))
        scene.gateway.wait_end("client_reset", count=10)
        scene.gateway.wait_end("backend_reset", count=10)


def test_A11_a_player_who_never_reads_is_bounded_and_ended(stage):
    with stage(timeouts={"queue_full": "1500ms"}) as scene:
        duel = scene.duel()
        before = scene.gateway.resident_bytes()
        sent = push_until_blocked(duel)
        start = time.monotonic()
        assert sent > MEGABYTE  # socket buffers filled, and the gateway's queue
        assert scene.gateway.resident_bytes() - before < 6 * MEGABYTE
        duel.server_hears_end(6)
        assert time.monotonic() - start < 4.0
        scene.gateway.wait_end("client_queue_full")


def push_until_blocked(duel, quiet=0.4):
    """The server sends until nothing moves any more; returns how much it got rid of."""
    duel.server.settimeout(quiet)
    chunk, sent = tera.packet(30000, bytes(60000)), 0
    try:
        while sent < 64 * MEGABYTE:
            part = duel.server_sends.apply(chunk)
            while part:
                count = duel.server.send(part)
                part, sent = part[count:], sent + count
    except TimeoutError:
        pass
    return sent


def test_A11_a_server_that_never_reads_is_bounded_and_ended(stage):
    with stage(timeouts={"queue_full": "1500ms"}) as scene:
        duel = scene.duel()
        before = scene.gateway.resident_bytes()
        duel.player.settimeout(0.4)
        chunk = tera.packet(30000, bytes(16000))
        try:
            while True:
                duel.player.sendall(duel.player_sends.apply(chunk))
        except (TimeoutError, ConnectionError):
            pass
        assert scene.gateway.resident_bytes() - before < 6 * MEGABYTE
        scene.gateway.wait_end("backend_queue_full", timeout=6)


def test_A12_silent_death_is_found_by_the_kernel(stage):
    with stage() as scene:
        duel = scene.duel()
        for far_end in (duel.player.getsockname(), duel.server.getsockname()):
            value = options_of(scene.gateway.pid, far_end, LIVENESS)
            assert value[socket.SO_KEEPALIVE] == 1
            assert value[socket.TCP_KEEPIDLE] + \
                value[socket.TCP_KEEPINTVL] * value[socket.TCP_KEEPCNT] <= 60
            assert 0 < value[socket.TCP_USER_TIMEOUT] <= 60_000


LIVENESS = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE)] + [
    (socket.IPPROTO_TCP, name) for name in (
        socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)]


def test_A13_refused_backend_is_retried_a_little_and_recovers(stage):
    closed = OddServer()
    address = closed.address
    closed.close()
    with stage(odd_address=address, timeouts={"health_check": "500ms"}) as scene:
        start = time.monotonic()
        for _ in range(20):
            assert refused_at_once(scene.odd)
        assert time.monotonic() - start < 15
        assert "odd" in str(scene.gateway.wait_loud("backend is down"))
        assert len(scene.gateway.loud_lines()) < 30, "a log line for every attempt"
        server = scene.keep(OddServer(address))
        scene.odd_server.close()
        scene.odd_server = server
        assert wait_until(lambda: not refused_at_once(scene.odd, wait=0.3), 6), "no recovery"


KEYED_PLAYERS = """
for i in $(seq 40); do
  (exec 3<>/dev/tcp/10.71.1.1/7801 && head -c 128 /dev/zero >&3 && timeout 2 cat <&3) 2>/dev/null
done
true
"""


def test_A13_backend_that_went_away_is_not_hammered(terapeer, mystel, tmp_path, namespaces):
    """In a namespace of its own the kernel's count of opened connections is the gateway's."""
    server = GameServer(terapeer, host="10.71.2.2", port=7701,
                        prefix=namespaces.inside(namespaces.server))
    gateway = Gateway(mystel, tmp_path, configuration(
        [listener("public", 7801, "world", host="10.71.1.1")],
        [backend("world", server.address)]), prefix=namespaces.inside(namespaces.gateway))
    try:
        assert wait_until(lambda: namespaces.gateway_listens(gateway), 10), gateway.lines
        server.wait_for(event="accept")  # the first health check finds it well
        server.finish()
        before = namespaces.connections_opened(namespaces.gateway)
        namespaces.run(namespaces.player, "bash", "-c", KEYED_PLAYERS)
        opened = namespaces.connections_opened(namespaces.gateway) - before
        assert 2 <= opened <= 20, f"{opened} connections for 40 players"
        gateway.wait_end("backend_down", "backend_connect_failed")
        assert "world" in str(gateway.wait_loud("backend is down"))
        gateway.ends_well()
    finally:
        gateway.close()
        server.close()


def refused_at_once(address, wait=3.0):
    """Whether a player with a whole key gets nowhere: refused, or closed without a server key."""
    try:
        peer = connect(address)
    except ConnectionError:
        return True
    with peer:
        try:
            peer.sendall(bytes(range(128)))
            return ends_within(peer, wait)
        except ConnectionError:
            return True


def test_A13_backend_that_does_not_answer_the_connect_is_given_up(stage):
    full = socket.socket()
    full.bind(("127.0.0.1", 0))
    full.listen(0)
    fillers = []
    for _ in range(6):  # the queue of an accepting socket that never accepts
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(full.getsockname())
        fillers.append(filler)
    with stage(odd_address=full.getsockname(), timeouts={"backend_connect": "400ms"}) as scene:
        start = time.monotonic()
        assert refused_at_once(scene.odd, wait=4)
        assert time.monotonic() - start < 4
    for filler in [full, *fillers]:
        filler.close()


def test_A14_backend_without_a_hello_does_not_hold_the_player(stage):
    with stage(timeouts={"backend_hello": "700ms"}) as scene:
        player = connect(scene.odd)
        assert receive_exactly(player, 4) == tera.HELLO
        player.sendall(bytes(range(128)))
        server = scene.odd_server.accept_player(hello=None)
        assert 0.4 <= seconds_until_closed(player, 3) <= 2.0
        drain(server, 2)
        scene.gateway.wait_end("backend_hello_timeout")
        player.close()


@pytest.mark.parametrize("segment", ["packets", "coalesced", "random", "bytes"])
def test_A15_segmentation_does_not_matter(stage, terapeer, segment):
    server = GameServer(terapeer, "--segment", segment, "--greeting")
    with contextlib.closing(server), stage(odd_address=server.address) as scene:
        players = scene.keep(Players(
            scene.terapeer, scene.odd, "--segment", segment, "--greeting", burst=30_000))
        server.wait_for(event="login", count=6)
        time.sleep(0.5)
        assert_same_bytes(players.finish_well(), server.finish_well())


def test_A16_urgent_data_does_not_break_the_stream(stage):
    with stage() as scene:
        duel = scene.duel()
        before, after = (tera.random_packets(duel.random, 20) for _ in range(2))
        duel.say(before)
        duel.player.send(b"!", socket.MSG_OOB)  # out of the stream, as the kernel has it
        duel.say(after)
        assert duel.server_hears(len(before + after)) == before + after
        cpu = scene.gateway.cpu_seconds()
        time.sleep(0.5)
        assert scene.gateway.cpu_seconds() - cpu < 0.3
        duel.exchange(tera.random_packets(duel.random, 5))


def test_A17_a_gateway_that_is_its_own_backend_does_not_multiply(terapeer, mystel, tmp_path):
    port = free_port()
    gateway = Gateway(mystel, tmp_path, configuration(
        [listener("public", port, "self")], [backend("self", ("127.0.0.1", port))]),
        awaited=[])
    try:
        wait_until(lambda: is_listening(port) or not gateway.alive(), 5)
        if not gateway.alive():
            assert gateway.wait() == 78  # refused as a configuration error
            return
        gateway.note_baseline()
        for _ in range(5):
            assert refused_at_once(("127.0.0.1", port))
        assert gateway.descriptors() - gateway.baseline < 20
        gateway.returns_to_baseline()
        assert wait_until(lambda: any("loop" in str(line) for line in gateway.lines), 5), \
            gateway.lines[-10:]
        gateway.ends_well()
    finally:
        gateway.close()


def test_A18_claimed_port_zero_is_accepted(stage):
    with stage(accept="v2") as scene:
        for port in (0, 443):
            duel = scene.duel(header=tera.proxy_v2(port=port))
            duel.exchange(tera.random_packets(duel.random, 5))


def test_sessions_beyond_the_limit_are_refused_and_others_stay(stage):
    with stage(limits={"sessions": 10}) as scene:
        duels = [scene.duel(seed=seed) for seed in range(4)]
        assert refused_at_once(scene.odd)
        scene.gateway.wait_end("session_limit")
        for duel in duels:
            duel.exchange(tera.random_packets(duel.random, 5))
