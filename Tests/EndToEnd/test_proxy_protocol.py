"""PROXY headers on a socket: section B of the catalogue. The wire format itself has unit tests."""

import random
import time

import pytest
import tera
from duel import Duel, connect, drain, receive_exactly, seconds_until_closed
from processes import wait_until

KEY = bytes(range(128))
INVALID = ("proxy_header_invalid", "source_unknown")


def assert_refused(scene, data, *reasons, within=1.5):
    """A connection that sends these bytes is closed soon, hears nothing, and opens no backend."""
    peer = connect(scene.odd)
    start = time.monotonic()
    try:
        peer.sendall(data)
    except ConnectionError:
        pass
    assert drain(peer, within + 1) == b""
    assert time.monotonic() - start < within
    peer.close()
    scene.gateway.wait_end(*reasons)
    assert scene.odd_server.is_untouched(0.2)


def assert_admitted(scene, header, seed=1):
    with Duel(scene.odd, scene.odd_server, seed=seed, header=header) as duel:
        duel.exchange(tera.random_packets(duel.random, 5))


def test_B1_header_from_an_untrusted_peer_is_not_read(stage):
    with stage(accept="any", trusted=["192.0.2.0/24"]) as scene:
        assert_refused(scene, tera.proxy_v2("192.0.2.7") + KEY, "untrusted_peer")
        assert_refused(scene, b"PROXY TCP4 192.0.2.7 192.0.2.1 1 2\r\n" + KEY, "untrusted_peer")
        assert not [line for line in scene.gateway.ends() if "192.0.2.7" in str(line)]


def test_B2_missing_header_is_not_guessed(stage):
    with stage(accept="v2", timeouts={"proxy_header": "700ms"}) as scene:
        assert_refused(scene, KEY, *INVALID, "proxy_header_invalid")
        silent = connect(scene.odd)
        assert 0.4 <= seconds_until_closed(silent, 3) <= 2.0
        silent.close()
        scene.gateway.wait_end("proxy_header_timeout")
        assert scene.odd_server.is_untouched()
        assert_admitted(scene, tera.proxy_v2())


def test_B2_other_version_than_required_is_refused(stage):
    with stage(accept="v2") as scene:
        assert_refused(scene, b"PROXY TCP4 203.0.113.9 192.0.2.1 1 2\r\n" + KEY, *INVALID)


def test_B2_header_where_none_is_expected_is_no_key(stage):
    with stage() as scene:
        peer = connect(scene.odd)
        peer.sendall(tera.proxy_v2() + KEY)
        assert drain(peer, 3) in (b"", tera.HELLO)
        peer.close()
        scene.gateway.wait_end("proxy_header_unexpected")
        assert scene.odd_server.is_untouched()


def test_B3_truncated_or_dripped_header_ends_at_its_deadline(stage):
    with stage(accept="v2", timeouts={"proxy_header": "1s"}) as scene:
        header = tera.proxy_v2()
        truncated = connect(scene.odd)
        truncated.sendall(header[:20])
        assert 0.7 <= seconds_until_closed(truncated, 4) <= 2.2
        truncated.close()

        dripped, start = connect(scene.odd), time.monotonic()
        try:
            for byte in header:
                dripped.sendall(bytes([byte]))
                time.sleep(0.08)
        except ConnectionError:
            pass
        drain(dripped, 2)
        assert 0.7 <= time.monotonic() - start <= 2.5
        dripped.close()
        scene.gateway.wait_end("proxy_header_timeout", count=2)
        assert scene.odd_server.is_untouched()
        assert not [line for line in scene.gateway.ends() if "203.0.113.9" in str(line)]


def test_B3_header_in_single_bytes_is_read(stage):
    with stage(accept="v2") as scene:
        peer = connect(scene.odd)
        for byte in tera.proxy_v2():
            peer.sendall(bytes([byte]))
            time.sleep(0.002)
        assert receive_exactly(peer, 4) == tera.HELLO
        peer.close()


def test_opaque_bytes_that_come_with_the_header_reach_the_server(stage):
    with stage(accept="v2", odd_game="none") as scene:
        peer = connect(scene.odd)
        peer.sendall(tera.proxy_v2() + b"first")
        server = scene.odd_server.accept_player(hello=None)
        assert receive_exactly(server, 5) == b"first"
        peer.close()


@pytest.mark.parametrize("length", [65535, 4097])
def test_B4_claimed_length_is_refused_at_byte_16(stage, length):
    with stage(accept="v2", timeouts={"proxy_header": "30s"}) as scene:
        before = scene.gateway.resident_bytes()
        for _ in range(20):
            assert_refused(scene, tera.proxy_v2(length=length)[:16], *INVALID)
        assert scene.gateway.resident_bytes() - before < 4 << 20


def test_B5_stray_bytes_behind_the_tlvs_are_refused(stage):
    with stage(accept="v2") as scene:
        assert_refused(scene, tera.proxy_v2(tlvs=b"\x01\x00") + KEY, *INVALID)
        overflowing = b"\x01" + (200).to_bytes(2, "big") + b"short"
        assert_refused(scene, tera.proxy_v2(tlvs=overflowing) + KEY, *INVALID)


def test_B6_checksum_is_verified(stage):
    with stage(accept="v2") as scene:
        assert_refused(scene, tera.proxy_v2_with_checksum(wrong=True) + KEY, *INVALID)
        assert_refused(scene, tera.proxy_v2(tlvs=tera.tlv(3, b"abc")) + KEY, *INVALID)
        assert_admitted(scene, tera.proxy_v2_with_checksum())


def test_B8_local_health_checks_are_no_players(stage):
    with stage(accept="v2") as scene:
        local = tera.proxy_v2(command=0, family=0)
        loud = len(scene.gateway.loud_lines())
        for _ in range(100):
            with connect(scene.odd) as peer:
                peer.sendall(local)
        scene.gateway.wait_end("health_probe", count=100)
        assert scene.odd_server.is_untouched()
        assert len(scene.gateway.loud_lines()) == loud


@pytest.mark.parametrize("source", ["224.0.0.1", "255.255.255.255", "0.0.0.0"])
def test_B9_a_source_that_cannot_be_a_player_is_refused(stage, source):
    with stage(accept="v2") as scene:
        assert_refused(scene, tera.proxy_v2(source) + KEY, *INVALID)
        assert_admitted(scene, tera.proxy_v2())


def test_B10_second_header_is_payload(stage):
    with stage(accept="v2", odd_backend={"proxy_protocol": "v1"}) as scene:
        second = tera.proxy_v2("198.51.100.66")
        peer = connect(scene.odd)
        peer.sendall(tera.proxy_v2("203.0.113.9") + second + KEY[len(second):])
        server = scene.odd_server.accept_player(hello=None)
        if server is not None:  # read as key bytes; refusing them is right as well
            line = receive_line(server)
            assert line.split()[2] == b"203.0.113.9"
            server.sendall(tera.HELLO)
            assert receive_exactly(server, 128) == second + KEY[len(second):]
        else:
            scene.gateway.wait_end("proxy_header_unexpected")
        peer.close()
        assert not [line for line in scene.gateway.lines if "198.51.100.66" in str(line)]


def receive_line(peer):
    line = b""
    while not line.endswith(b"\n") and len(line) < 108:
        byte = peer.recv(1)
        assert byte, line
        line += byte
    return line


@pytest.mark.parametrize("source", ["127.0.0.1", "10.0.0.1", "192.168.1.1"])
def test_B11_claimed_local_source_is_a_player_like_any(stage, source):
    with stage(accept="v2", timeouts={"keys": "700ms"}) as scene:
        assert_admitted(scene, tera.proxy_v2(source))
        stuck = connect(scene.odd)
        stuck.sendall(tera.proxy_v2(source))
        assert 0.4 <= seconds_until_closed(stuck, 3) <= 2.0  # deadlines hold for it too
        stuck.close()


def test_B12_many_bad_headers_do_not_shut_out_the_balancer(stage):
    with stage(accept="v2") as scene:
        loud = len(scene.gateway.loud_lines())
        for _ in range(1000):
            with connect(scene.odd) as peer:
                peer.sendall(b"\r\n\r\n\0\r\nQUIX\n\x21\x11\x00\x0c" + bytes(12))
        assert wait_until(lambda: len(scene.gateway.ends(*INVALID)) >= 950, 5)
        assert len(scene.gateway.loud_lines()) - loud <= 100
        assert_admitted(scene, tera.proxy_v2())


def test_player_address_reaches_the_backend(stage):
    with stage(accept="any", odd_backend={"proxy_protocol": "v1"}) as scene:
        for header in (tera.proxy_v2("203.0.113.9", 41234),
                       b"PROXY TCP4 203.0.113.9 192.0.2.1 41234 7801\r\n"):
            peer = connect(scene.odd)
            peer.sendall(header)
            assert receive_exactly(peer, 4) == tera.HELLO
            peer.sendall(random.Random(5).randbytes(128))
            server = scene.odd_server.accept_player(hello=None)
            fields = receive_line(server).split()
            assert fields[:3] == [b"PROXY", b"TCP4", b"203.0.113.9"] and fields[4] == b"41234"
            peer.close()
