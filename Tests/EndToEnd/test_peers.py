"""The peers themselves: their cipher against known answers, and that they notice every fault."""

import hashlib
import json
import random
import socket
import threading

import pytest
import tera
from processes import GameServer, Players, assert_same_bytes, free_port

SHA0 = [
    (b"", "f96cea198ad1dd5617ac084a3d92c6107708c0ef"),
    (b"abc", "0164b8a914cd2a5e74c4f7ff082c4d97f1edf880"),
    (b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "d2516ee1acfa5baf33dfc1c471e438449ef134c8"),
    (b"a" * 55, "0ff59f7cb9afc10d7abcdc9ab8c00e0e7b02034f"),
    (b"a" * 56, "f826f1db56ddb270e25f21a7a40c4163b51c47ff"),
    (b"a" * 64, "6381391134b901db7a5a03699339bca31c409dde"),
    (b"a" * 680, "ba6a0c6a33137e6f2056714e9169cb7b24125f16"),
]

COUNTING = tera.Keys(
    client1=bytes(range(128)), client2=bytes(range(128, 256)),
    server1=bytes(255 - i for i in range(128)),
    server2=bytes((7 * i + 3) % 256 for i in range(128)))


@pytest.mark.parametrize("message, digest", SHA0, ids=lambda value: str(len(value)))
def test_sha0_known_answers(terapeer, message, digest):
    assert tera.sha0(message).hex() == digest


def test_counting_keys(terapeer):
    to_server, to_client = COUNTING.ciphers()
    client, server = to_server.apply(bytes(200_000)), to_client.apply(bytes(200_000))
    assert client[:16].hex() == "25a7a7cb37f883294daa270bea35b1e4"
    assert server[:16].hex() == "9b3ee6db6ad966d751b714d772bdb323"
    assert client[100_000:100_016].hex() == "85a901c5f94e58b34fe48614c0c3d2bf"
    assert server[100_000:100_016].hex() == "515b388651036bfd4cccb7ed2cab6434"


def test_any_chunking_gives_the_same_stream(terapeer):
    whole, _ = COUNTING.ciphers()
    expected = whole.apply(bytes(5000))
    parts, _ = COUNTING.ciphers()
    draw, got = random.Random(3), b""
    while len(got) < len(expected):
        got += parts.apply(bytes(min(draw.randrange(1, 40), len(expected) - len(got))))
    assert got == expected


def test_reference_vectors(terapeer, shared):
    vectors = json.loads((shared / "tera/vectors/handshake.json").read_text())["vectors"]
    for vector in vectors:
        legacy = vector["majorPatchVersion"] < 45
        keys = tera.Keys(*(bytes.fromhex(vector[name]) for name in ("c1", "s1", "c2", "s2")))
        for direction in ("client", "server"):
            state = tera.expanded(bytes.fromhex(vector[f"{direction}CipherKey128"]))
            assert hashlib.sha256(state).hexdigest() == vector[f"{direction}CipherState680_sha256"]
        for stream, name in zip(keys.ciphers(legacy),
                                ("keystreamClientToServer", "keystreamServerToClient")):
            produced, expected = stream.apply(bytes(200_000)), vector[name]
            assert produced[:32].hex() == expected["first32"]
            assert produced[100_000:100_016].hex() == expected["at100000_100016"]
            assert hashlib.sha256(produced).hexdigest() == expected["sha256_200000"]
        if "ciphertextClientToServer" in vector:
            to_server, _ = keys.ciphers(legacy)
            plain = to_server.apply(bytes.fromhex(vector["ciphertextClientToServer"]))
            assert plain.hex() == vector["plaintextClientToServer"]


@pytest.mark.parametrize("segment", ["packets", "coalesced", "random", "bytes"])
def test_peers_agree_without_a_gateway(terapeer, segment):
    server = GameServer(terapeer, "--segment", segment, "--greeting")
    players = Players(terapeer, server.address, "--segment", segment, "--greeting", burst=30_000)
    try:
        server.wait_for(event="login", count=6)
        assert_same_bytes(players.finish_well(), server.finish_well())
    finally:
        players.close()
        server.close()


class Meddler:
    """A relay; `meddle(from_client, offset, data)` returns what passes in place of data."""

    def __init__(self, server, meddle):
        self.listener = socket.create_server(("127.0.0.1", free_port()))
        self.address, self.server, self.meddle = self.listener.getsockname(), server, meddle
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.server)
            for source, target, from_client in ((client, server, True), (server, client, False)):
                threading.Thread(
                    target=self._pump, args=(source, target, from_client), daemon=True).start()

    def _pump(self, source, target, from_client):
        offset = 0
        try:
            while data := source.recv(65536):
                target.sendall(self.meddle(from_client, offset, data))
                offset += len(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            target.close()

    def close(self):
        self.listener.close()


def flip_at(position, direction):
    def meddle(from_client, offset, data):
        index = position - offset
        if from_client != direction or not 0 <= index < len(data):
            return data
        return data[:index] + bytes([data[index] ^ 0x10]) + data[index + 1:]
    return meddle


def lose_at(position, direction):
    def meddle(from_client, offset, data):
        index = position - offset
        if from_client != direction or not 0 <= index < len(data):
            return data
        return data[:index] + data[index + 1:]
    return meddle


@pytest.mark.parametrize("from_client", [True, False], ids=["to_server", "to_client"])
@pytest.mark.parametrize("fault", [flip_at, lose_at])
def test_peers_notice_one_wrong_byte(terapeer, fault, from_client):
    server = GameServer(terapeer)
    meddler = Meddler(server.address, fault(1000, from_client))
    players = Players(terapeer, meddler.address, sessions=1, burst=20_000, rate=200)
    try:
        found = server if from_client else players
        wait = {"event": "close" if from_client else "failed", "outcome": "mismatch"}
        found.wait_for(**wait)
        players.finish()
        assert players.exit_code == 1
    finally:
        players.close()
        server.close()
        meddler.close()


def test_players_notice_an_early_end(terapeer):
    server = GameServer(terapeer)
    players = Players(terapeer, server.address, sessions=3)
    try:
        server.wait_for(event="login", count=3)
        server.finish()
        players.wait_for(event="failed", count=3)
        players.finish()
        assert players.exit_code == 1
    finally:
        players.close()
        server.close()
