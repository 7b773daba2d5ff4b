"""Frames and the cipher: sections D and E of the catalogue, as far as a socket can show them."""

import random
import struct
import threading
import time

import pytest
import tera
from duel import connect, end_sending, receive_exactly

MEGABYTE = 1 << 20


def test_D1_flipped_bits_end_at_most_their_own_session(stage):
    with stage(timeouts={"packet": "1s"}) as scene:
        for seed in range(25):
            duel = scene.duel(seed=seed)
            cipher = bytearray(duel.player_sends.apply(tera.random_packets(duel.random, 30)))
            for _ in range(20):
                cipher[duel.random.randrange(len(cipher))] ^= 1 << duel.random.randrange(8)
            plain = duel.server_reads.copy().apply(bytes(cipher))
            duel.player.sendall(cipher)
            end_sending(duel.player)
            heard = duel.server_hears_end()
            assert plain.startswith(heard)
            assert len(heard) <= first_illegal(plain), "a frame that cannot be was forwarded"
            duel.close()


def first_illegal(plain):
    """Where a client's framing first breaks a rule; the end if nowhere."""
    at = 0
    while at + 2 <= len(plain):
        length, = struct.unpack_from("<H", plain, at)
        if not 4 <= length <= tera.LONGEST_CLIENT_PACKET:
            return at
        at += length
    return len(plain)


@pytest.mark.parametrize("length", [0, 1, 2, 3])
def test_E1_E2_impossible_length_closes_and_is_not_forwarded(stage, length):
    with stage() as scene:
        duel = scene.duel()
        good = tera.random_packets(duel.random, 3)
        duel.exchange(good)
        cpu, start = scene.gateway.cpu_seconds(), time.monotonic()
        duel.say(tera.packet(30000, b"body", length=length))
        assert duel.server_hears_end() == b""
        assert duel.player_hears_end() == b""
        assert time.monotonic() - start < 1
        assert scene.gateway.cpu_seconds() - cpu < 0.5
        scene.gateway.wait_end("packet_too_short")


@pytest.mark.parametrize("length", [0, 3])
def test_E1_E2_impossible_length_from_the_server_does_not_reach_the_player(stage, length):
    with stage() as scene:
        duel = scene.duel()
        duel.tell(tera.packet(30000, b"body", length=length))
        assert duel.player_hears_end() == b""
        scene.gateway.wait_end("backend_framing")


def test_E3_empty_packets_are_forwarded(stage):
    with stage() as scene:
        duel = scene.duel()
        duel.exchange(tera.packet(30000) * 100)
        duel.answer(tera.packet(30000) * 100)


def test_E4_longest_packets_are_forwarded_in_any_pieces(stage):
    with stage() as scene:
        duel = scene.duel()
        longest = tera.packet(30000, duel.random.randbytes(65531))
        duel.answer(longest)
        cipher = duel.server_sends.apply(longest)
        for at in range(0, 300):
            duel.server.sendall(cipher[at:at + 1])
        duel.server.sendall(cipher[300:])
        assert duel.player_hears(65535) == longest
        duel.exchange(tera.packet(30000, duel.random.randbytes(tera.LONGEST_CLIENT_PACKET - 4)))


def test_E4_client_packet_over_its_limit_closes(stage):
    with stage() as scene:
        duel = scene.duel()
        duel.say(tera.packet(30000, bytes(tera.LONGEST_CLIENT_PACKET - 3)))
        assert duel.server_hears_end() == b""
        scene.gateway.wait_end("packet_too_long")


def test_E5_length_split_over_two_reads_is_put_together(stage):
    with stage() as scene:
        duel = scene.duel()
        for cut in (1, 2, 3):
            packet = tera.packet(30000, duel.random.randbytes(300))
            for say, hear in ((duel.say, duel.server_hears), (duel.tell, duel.player_hears)):
                say(packet[:cut])
                time.sleep(0.03)
                say(packet[cut:])
                assert hear(len(packet)) == packet


def test_E6_tiny_frames_do_not_starve_other_sessions(stage):
    with stage() as scene:
        flooder, pinger = scene.duel(seed=1), scene.duel(seed=2)
        tiny = tera.packet(30000) * 30_000
        blocks = 30
        heard = []
        server = threading.Thread(
            target=lambda: heard.append(receive_exactly(flooder.server, len(tiny) * blocks)))
        server.start()
        cipher = [flooder.player_sends.apply(tiny) for _ in range(blocks)]
        sender = threading.Thread(target=lambda: [flooder.player.sendall(part) for part in cipher])
        sender.start()
        slowest = 0
        while sender.is_alive():
            start = time.monotonic()
            pinger.exchange(tera.packet(30000, b"ping"))
            pinger.answer(tera.packet(30000, b"pong"))
            slowest = max(slowest, time.monotonic() - start)
        sender.join()
        server.join()
        assert 0 < slowest < 0.25
        assert heard and len(heard[0]) == len(tiny) * blocks


def test_E7_packet_that_is_never_completed_ends_the_session(stage):
    with stage(timeouts={"packet": "1s"}) as scene:
        duel = scene.duel()
        duel.say(tera.packet(30000, bytes(96))[:50])
        start = time.monotonic()
        time.sleep(0.6)
        duel.say(b"x")  # progress does not extend it
        assert duel.player_hears_end() == b""
        assert 0.6 <= time.monotonic() - start <= 2.2
        scene.gateway.wait_end("packet_timeout")


def test_E8_nothing_behind_a_refused_packet_is_forwarded(stage):
    with stage() as scene:
        duel = scene.duel()
        before = tera.random_packets(duel.random, 5)
        duel.say(before + tera.packet(30000, length=2) + tera.random_packets(duel.random, 200))
        try:
            for _ in range(20):
                duel.say(tera.random_packets(duel.random, 5))
                time.sleep(0.005)
        except ConnectionError:
            pass
        assert before.startswith(duel.server_hears_end())
        scene.gateway.wait_end("packet_too_short")


def test_E11_steady_flow_to_a_slow_player_is_no_abuse(stage):
    with stage(timeouts={"queue_full": "5s"}) as scene:
        duel = scene.duel()
        flow = b"".join(tera.packet(30000, duel.random.randbytes(8000)) for _ in range(1200))
        before = scene.gateway.resident_bytes()
        sender = threading.Thread(target=duel.tell, args=(flow,))
        duel.server.settimeout(30)
        sender.start()
        heard = bytearray()
        while len(heard) < len(flow):  # about 2 MB/s
            heard += duel.player_hears(min(100_000, len(flow) - len(heard)))
            time.sleep(0.03)
        sender.join()
        assert bytes(heard) == flow
        assert scene.gateway.resident_bytes() - before < 6 * MEGABYTE


def test_idle_session_ends(stage):
    with stage(timeouts={"idle": "1200ms"}) as scene:
        duel = scene.duel()
        time.sleep(0.7)
        duel.exchange(tera.packet(30000))  # a byte starts the time anew
        start = time.monotonic()
        assert duel.player_hears_end() == b""
        assert 0.9 <= time.monotonic() - start <= 2.5
        scene.gateway.wait_end("idle")


def test_opaque_listener_lets_the_server_speak_first(stage):
    with stage(odd_game="none") as scene:
        player = connect(scene.odd)
        server = scene.odd_server.accept_player(hello=None)
        server.sendall(b"220 welcome\r\n")
        assert receive_exactly(player, 13) == b"220 welcome\r\n"
        data = random.Random(3).randbytes(300_000)
        threading.Thread(target=player.sendall, args=(data,), daemon=True).start()
        assert receive_exactly(server, len(data)) == data
        player.shutdown(1)
        assert server.recv(1) == b""
        server.sendall(b"bye")
        server.close()
        assert receive_exactly(player, 10) == b"bye"
        player.close()
