#!/usr/bin/env python3
"""Both ends of the tunnel on the package noiseprotocol, sharing no code with ours: run by tests.

  noisepeer.py gateway|agent LISTEN_PORT TARGET_PORT NAME KEY
      KEY: 64 digits; a gateway's private key, an agent's gateway's public one

Listens on loopback, and carries each connection on to the target. Source: docs/protocol/tunnel.md.
"""
import socket
import struct
import sys
import threading
import warnings

from noise.connection import Keypair, NoiseConnection

warnings.simplefilter("ignore")
CELL, ROOM = 128, 123
DATA, OPEN, REKEY, END = range(4)


def receive_exactly(peer, count):
    received = b""
    while len(received) < count:
        part = peer.recv(count - len(received))
        if not part:
            raise ConnectionError("cut")
        received += part
    return received


def noise(name, initiation, key, is_initiator):
    made = NoiseConnection.from_name(b"Noise_NK_25519_ChaChaPoly_SHA256")
    made.set_as_initiator() if is_initiator else made.set_as_responder()
    made.set_prologue(b"mystel tunnel" + initiation + struct.pack(">H", len(name)) + name)
    if is_initiator:
        made.set_keypair_from_public_bytes(Keypair.REMOTE_STATIC, key)
    else:
        made.set_keypair_from_private_bytes(Keypair.STATIC, key)
    made.start_handshake()
    return made


def shake_hands_as_agent(peer, name, key):
    cookie = bytes(32)
    for _ in range(2):
        opening = b"\1\1\1\0\0\x50" + cookie
        made = noise(name, opening, key, True)
        peer.sendall(opening + made.write_message())
        head = receive_exactly(peer, 6)
        if head == b"\1\2\1\0\0\x20":
            cookie = receive_exactly(peer, 32)
            continue
        assert head == b"\1\3\1\0\0\x30", head
        made.read_message(receive_exactly(peer, 48))
        peer.sendall(record(made, OPEN))
        return made
    raise ConnectionError("cookies only")


def shake_hands_as_gateway(peer, name, key):
    opening = receive_exactly(peer, 38)
    # Always a cookie first, so that agents are seen to bring it.
    peer.sendall(b"\1\2\1\0\0\x20" + b"c" * 32)
    receive_exactly(peer, 48)
    opening = receive_exactly(peer, 38)
    assert opening == b"\1\1\1\0\0\x50" + b"c" * 32, opening
    made = noise(name, opening, key, False)
    made.read_message(receive_exactly(peer, 48))
    peer.sendall(b"\1\3\1\0\0\x30" + made.write_message())
    kind, content = read_record(peer, made)
    assert kind == OPEN and content == b"", (kind, content)
    return made


def record(made, kind, content=b"", padding=0):
    tail = content[ROOM:] + bytes(padding)
    cell = struct.pack(">BHH", kind, len(content), len(tail)) + content[:ROOM]
    sealed = made.encrypt(cell.ljust(CELL, b"\0"))
    return sealed + (made.encrypt(tail) if tail else b"")


def read_record(peer, made):
    cell = made.decrypt(receive_exactly(peer, CELL + 16))
    kind, length, tail = struct.unpack(">BHH", cell[:5])
    content = cell[5:]
    if tail:
        content += made.decrypt(receive_exactly(peer, tail + 16))
    if kind == REKEY:
        made.rekey_inbound_cipher()
    return kind, content[:length]


def into_tunnel(plain, tunnel, made):
    count = 0
    try:
        while received := plain.recv(8000):
            tunnel.sendall(record(made, DATA, received, padding=count % 300))
            count += 1
            if count % 5 == 0:
                tunnel.sendall(record(made, REKEY))
                made.rekey_outbound_cipher()
        tunnel.sendall(record(made, END))
        tunnel.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def out_of_tunnel(tunnel, plain, made):
    try:
        while True:
            kind, content = read_record(tunnel, made)
            if kind == END:
                return plain.shutdown(socket.SHUT_WR)
            plain.sendall(content)
    except Exception as error:
        print(f"ended: {error!r}", flush=True)
        for peer in (plain, tunnel):
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


def serve(peer, role, target, name, key):
    with peer, socket.create_connection(("127.0.0.1", target)) as other:
        tunnel, plain = (peer, other) if role == "gateway" else (other, peer)
        for end in (tunnel, plain):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        shake = shake_hands_as_gateway if role == "gateway" else shake_hands_as_agent
        made = shake(tunnel, name, key)
        print("open", flush=True)
        threads = [threading.Thread(target=into_tunnel, args=(plain, tunnel, made)),
                   threading.Thread(target=out_of_tunnel, args=(tunnel, plain, made))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def main():
    role, port, target, name, key = sys.argv[1:]
    with socket.create_server(("127.0.0.1", int(port)), backlog=128) as server:
        print("listening", flush=True)
        while True:
            peer, _ = server.accept()
            threading.Thread(target=serve, daemon=True, args=(
                peer, role, int(target), name.encode(), bytes.fromhex(key))).start()


if __name__ == "__main__":
    main()
