"""Bytes and events that come while earlier ones still wait for their turn: nothing is lost, left
lying or overtaken."""

import signal
import socket
import threading
import time

import tera
from duel import connect, receive_exactly, reset

TINY = tera.packet(30000)


def test_a_session_goes_on_after_more_packets_than_fit_a_turn(stage):
    with stage() as scene:
        duel = scene.duel()
        # Reads grow to 64 KiB, so that one of them holds many turns' worth of packets.
        for count in (600, 3_000, 40_000, 1):
            burst = TINY * count
            sender = threading.Thread(target=duel.say, args=(burst,))
            sender.start()
            assert duel.server_hears(len(burst)) == burst
            sender.join()
            sender = threading.Thread(target=duel.tell, args=(burst,))
            sender.start()
            assert duel.player_hears(len(burst)) == burst
            sender.join()


def test_the_end_of_input_does_not_overtake_packets_that_wait_for_their_turn(stage):
    with stage(timeouts={"client_half_close": "5s", "backend_half_close": "5s"}) as scene:
        for seed in range(3):
            duel = scene.duel(seed=seed)
            burst = TINY * 40_000
            sender = threading.Thread(target=say_and_end, args=(duel, burst))
            sender.start()
            assert duel.server_hears_end() == burst
            sender.join()
            sender = threading.Thread(target=tell_and_end, args=(duel, burst))
            sender.start()
            assert duel.player_hears_end() == burst
            sender.join()


def say_and_end(duel, plain):
    duel.say(plain)
    duel.player.shutdown(socket.SHUT_WR)


def tell_and_end(duel, plain):
    duel.tell(plain)
    duel.server.shutdown(socket.SHUT_WR)


def test_a_request_that_ends_before_the_backend_is_connected_arrives(stage):
    with stage(odd_game="none", timeouts={"client_half_close": "5s"}) as scene:
        for round in range(5):
            player = scene.keep(connect(scene.odd))
            request = b"one request and no more" * 100
            player.sendall(request)
            player.shutdown(socket.SHUT_WR)
            server = scene.odd_server.accept_player(hello=None)
            assert receive_exactly(server, len(request) + 1) == request
            server.sendall(b"answer")
            server.close()
            assert receive_exactly(player, 7) == b"answer"


def test_a_steady_stream_is_not_taken_for_one_packet_that_never_ends(stage):
    with stage(timeouts={"packet": "1s"}) as scene:
        duel = scene.duel()
        packets = [tera.packet(30000, bytes(396))] * 30
        # Every read ends in the middle of a packet, and every packet is complete within 0.2 s.
        duel.say(packets[0][:200])
        for number in range(1, len(packets)):
            time.sleep(0.1)
            duel.say(packets[number - 1][200:] + packets[number][:200])
        duel.say(packets[-1][200:])
        assert duel.server_hears(400 * len(packets)) == b"".join(packets)


def test_a_reset_by_the_server_does_not_take_back_what_it_said_before(stage):
    with stage(neighbours=0, timeouts={"backend_half_close": "5s"}) as scene:
        duel = scene.duel()
        chunk = tera.packet(30000, duel.random.randbytes(60_000))
        duel.server.settimeout(0.4)
        try:
            while True:
                duel.server.sendall(duel.server_sends.apply(chunk))
        except TimeoutError:
            pass  # all buffers are full, the gateway's own queue too
        reset(duel.server)
        time.sleep(0.3)
        heard = len(duel.player_hears_end())
        scene.gateway.wait_end("backend_reset")
    before = 4 + 2 * 128 + 5  # the server's hello, keys and answer to the login
    assert heard + before == int(scene.gateway.summary()["bytes_to_client"])


def test_a_socket_that_breaks_under_a_write_does_not_touch_another_session(stage):
    with stage() as scene:
        other = scene.duel(seed=99)
        for round in range(5):
            broken = scene.duel(seed=round)
            large = tera.packet(30000, other.random.randbytes(6000))
            # One turn of the loop: a small write to the broken player waits, the large one makes
            # it go first, and finds the reset with unread bytes before it.
            scene.gateway.process.send_signal(signal.SIGSTOP)
            broken.tell(tera.packet(30000, b"small"))
            time.sleep(0.02)
            other.tell(large)
            time.sleep(0.02)
            broken.say(tera.random_packets(broken.random, 20))
            reset(broken.player)
            time.sleep(0.02)
            scene.gateway.process.send_signal(signal.SIGCONT)
            assert other.player_hears(len(large)) == large
            other.answer(large)
            other.exchange(tera.random_packets(other.random, 5))
