#!/usr/bin/env python3
"""A player's end of Mystel's tunnel, whole, in one file: for authors of launchers to read and reuse.

  python3 mystel_tunnel.py --listen 127.0.0.1:7801 --gateway game.example:7802 --name public \\
      --key mystel-tunnel-public:0123...

The game connects to the address of --listen; everything goes through the tunnel from there. The
protocol is written down in docs/protocol/tunnel.md. Uses the package `cryptography` where it is
installed; without it, slow code of its own, which is not hardened against timing, with a warning.
"""
import argparse
import hashlib
import hmac
import os
import socket
import struct
import sys
import threading
import time

VERSION = 1
INITIATION, COOKIE, RESPONSE = 1, 2, 3
DATA, OPEN, REKEY, END = 0, 1, 2, 3
MODES = {
    "nk": (1, b"Noise_NK_25519_ChaChaPoly_SHA256"),
    "psk": (3, b"Noise_NNpsk0_25519_ChaChaPoly_SHA256"),
}
CELL, HEAD, TAG = 128, 5, 16
ROOM = CELL - HEAD
MOST_TAIL = 16_384 - CELL
MOST_CONTENT = ROOM + MOST_TAIL
MOST_RECORDS, MOST_BYTES, MOST_SECONDS = 1 << 20, 1 << 30, 600
DEADLINE = 10


class TunnelError(Exception):
    """The tunnel is over: nothing is sent or believed any more, and there is no way around it."""

# --- Primitives: X25519 and ChaCha20-Poly1305 -----------------------------------------------------

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

    def x25519(secret, public):
        try:
            return X25519PrivateKey.from_private_bytes(secret).exchange(
                X25519PublicKey.from_public_bytes(public))
        except ValueError as error:
            raise TunnelError("a key of low order") from error

    def seal(key, number, plaintext, associated=b""):
        return ChaCha20Poly1305(key).encrypt(nonce(number), plaintext, associated)

    def open_sealed(key, number, sealed, associated=b""):
        try:
            return ChaCha20Poly1305(key).decrypt(nonce(number), sealed, associated)
        except InvalidTag as error:
            raise TunnelError("not authentic") from error

except ImportError:
    P = 2**255 - 19

    def x25519(secret, public):
        """RFC 7748, section 5."""
        k = int.from_bytes(secret, "little") & ~7 & (1 << 254) - 1 | 1 << 254
        u = int.from_bytes(public, "little") & (1 << 255) - 1
        x2, z2, x3, z3, swap = 1, 0, u, 1, 0
        for t in reversed(range(255)):
            bit = k >> t & 1
            if swap != bit:
                x2, x3, z2, z3 = x3, x2, z3, z2
            swap = bit
            a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
            aa, bb, da, cb = a * a % P, b * b % P, d * a % P, c * b % P
            x3, z3 = (da + cb) ** 2 % P, u * (da - cb) ** 2 % P
            e = aa - bb
            x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
        if swap:
            x2, z2 = x3, z3
        return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")

    def chacha20(key, number, data, counter):
        """RFC 8439, section 2.4."""
        out = bytearray()
        for start in range(0, len(data), 64):
            state = list(struct.unpack("<16I", b"expand 32-byte k" + key
                                       + struct.pack("<I", counter + start // 64) + nonce(number)))
            work = state[:]
            for _ in range(10):
                for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15),
                                   (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
                    for x, y, z, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
                        work[x] = work[x] + work[y] & 0xFFFFFFFF
                        turned = work[z] ^ work[x]
                        work[z] = (turned << bits | turned >> 32 - bits) & 0xFFFFFFFF
            block = struct.pack("<16I", *(w + s & 0xFFFFFFFF for w, s in zip(work, state)))
            out += bytes(x ^ y for x, y in zip(data[start:start + 64], block))
        return bytes(out)

    def tag(key, number, sealed, associated):
        """RFC 8439, section 2.8."""
        one_time = chacha20(key, number, bytes(32), 0)
        r = int.from_bytes(one_time[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
        padded = b"".join(part + bytes(-len(part) % 16) for part in (associated, sealed))
        padded += struct.pack("<QQ", len(associated), len(sealed))
        total = 0
        for start in range(0, len(padded), 16):
            total = (total + int.from_bytes(padded[start:start + 16] + b"\1", "little")) * r
            total %= 2**130 - 5
        return (total + int.from_bytes(one_time[16:], "little") & (1 << 128) - 1).to_bytes(
            16, "little")

    def seal(key, number, plaintext, associated=b""):
        sealed = chacha20(key, number, plaintext, 1)
        return sealed + tag(key, number, sealed, associated)

    def open_sealed(key, number, sealed, associated=b""):
        if len(sealed) < TAG or not hmac.compare_digest(
                tag(key, number, sealed[:-TAG], associated), sealed[-TAG:]):
            raise TunnelError("not authentic")
        return chacha20(key, number, sealed[:-TAG], 1)

    print("warning: without the package `cryptography` this is slow and not hardened",
          file=sys.stderr)


def nonce(number):
    return bytes(4) + struct.pack("<Q", number)


def agree(secret, public):
    shared = x25519(secret, public)
    if shared == bytes(32):
        raise TunnelError("a key of low order")
    return shared


def public_key(secret):
    return x25519(secret, b"\x09" + bytes(31))

# --- Noise ----------------------------------------------------------------------------------------

class Symmetric:
    """Noise, section 5.2: what the handshake has come to."""

    def __init__(self, protocol, prologue):
        self.hash = self.chain = (
            protocol.ljust(32, b"\0") if len(protocol) <= 32 else hashlib.sha256(protocol).digest())
        self.key, self.number = None, 0
        self.mix_hash(prologue)

    def mix_hash(self, data):
        self.hash = hashlib.sha256(self.hash + data).digest()

    def derive(self, secret, count):
        temporary = hmac.digest(self.chain, secret, "sha256")
        outputs = [b""]
        for index in range(count):
            outputs.append(hmac.digest(temporary, outputs[-1] + bytes([index + 1]), "sha256"))
        return outputs[1:]

    def mix_key(self, secret):
        self.chain, self.key = self.derive(secret, 2)
        self.number = 0

    def mix_key_and_hash(self, secret):
        self.chain, middle, self.key = self.derive(secret, 3)
        self.mix_hash(middle)
        self.number = 0

    def encrypt(self, plaintext):
        sealed = seal(self.key, self.number, plaintext, self.hash)
        self.number += 1
        self.mix_hash(sealed)
        return sealed

    def decrypt(self, sealed):
        plaintext = open_sealed(self.key, self.number, sealed, self.hash)
        self.number += 1
        self.mix_hash(sealed)
        return plaintext


class Handshake:
    """The initiator's side of Noise NK and NNpsk0: two messages without payloads."""

    def __init__(self, mode, key, name, cookie, ephemeral):
        number, protocol = MODES[mode]
        self.mode, self.key, self.ephemeral = mode, key, ephemeral
        self.opening = head(INITIATION, number, 80) + cookie
        self.noise = Symmetric(
            protocol, b"mystel tunnel" + self.opening + struct.pack(">H", len(name)) + name)
        if mode == "nk":
            self.noise.mix_hash(key)

    def initiation(self):
        if self.mode == "psk":
            self.noise.mix_key_and_hash(self.key)
        public = public_key(self.ephemeral)
        self.mix_ephemeral(public)
        if self.mode == "nk":
            self.noise.mix_key(agree(self.ephemeral, self.key))
        return self.opening + public + self.noise.encrypt(b"")

    def complete(self, response):
        """The keys to send and to receive with."""
        self.mix_ephemeral(response[:32])
        self.noise.mix_key(agree(self.ephemeral, response[:32]))
        self.noise.decrypt(response[32:])
        return self.noise.derive(b"", 2)

    def mix_ephemeral(self, public):
        self.noise.mix_hash(public)
        if self.mode == "psk":
            self.noise.mix_key(public)

# --- Messages and records -------------------------------------------------------------------------

def head(kind, mode, length):
    return bytes([VERSION, kind, mode, 0]) + struct.pack(">H", length)


class Sender:
    def __init__(self, key):
        self.key, self.number = key, 0
        self.records = self.bytes = 0
        self.since = time.monotonic()

    def data(self, content):
        return b"".join(self.record(DATA, content[start:start + MOST_CONTENT])
                        for start in range(0, len(content), MOST_CONTENT))

    def record(self, kind, content=b""):
        worn = (self.records + 2 > MOST_RECORDS or self.bytes + 2 * 16_384 > MOST_BYTES
                or time.monotonic() - self.since >= MOST_SECONDS)
        return (self.rekey() if worn else b"") + self.sealed(kind, content)

    def rekey(self):
        announcement = self.sealed(REKEY)
        self.key = seal(self.key, (1 << 64) - 1, bytes(32))[:32]
        self.records = self.bytes = 0
        self.since = time.monotonic()
        return announcement

    def sealed(self, kind, content=b""):
        tail = content[ROOM:]
        cell = struct.pack(">BHH", kind, len(content), len(tail)) + content[:ROOM]
        record = self.next(cell.ljust(CELL, b"\0"))
        self.records += 1
        self.bytes += CELL + len(tail)
        return record + (self.next(tail) if tail else b"")

    def next(self, plaintext):
        sealed = seal(self.key, self.number, plaintext)
        self.number += 1
        return sealed


class Receiver:
    """Takes bytes at any cut; gives (kind, content) of whole, authentic records."""

    def __init__(self, key):
        self.key, self.number = key, 0
        self.records = self.bytes = 0
        self.carry = b""
        self.cell = None

    def receive(self, received):
        self.carry += received
        while True:
            wanted = (self.cell[2] if self.cell else CELL) + TAG
            if len(self.carry) < wanted:
                return
            part = open_sealed(self.key, self.number, self.carry[:wanted])
            self.number += 1
            self.carry = self.carry[wanted:]
            if self.cell is None:
                kind, length, tail = self.cell = struct.unpack(">BHH", part[:HEAD])
                self.records += 1
                self.bytes += CELL + tail
                if kind not in (DATA, REKEY, END) or tail > MOST_TAIL or length > ROOM + tail \
                        or (length and kind != DATA) \
                        or self.records > MOST_RECORDS or self.bytes > MOST_BYTES:
                    raise TunnelError("a record that breaks the protocol")
                self.content = part[HEAD:]
                if tail:
                    continue
            else:
                self.content += part
            kind, length, _ = self.cell
            self.cell = None
            if kind == REKEY:
                self.key = seal(self.key, (1 << 64) - 1, bytes(32))[:32]
                self.records = self.bytes = 0
            else:
                yield kind, self.content[:length]


def receive_exactly(connection, count):
    received = b""
    while len(received) < count:
        part = connection.recv(count - len(received))
        if not part:
            raise TunnelError("the gateway closed the connection")
        received += part
    return received


def shake_hands(connection, mode, key, name):
    """Speaks the handshake on a connected socket. Returns a Sender and a Receiver."""
    connection.settimeout(DEADLINE)
    number, _ = MODES[mode]
    handshake = Handshake(mode, key, name, bytes(32), os.urandom(32))
    connection.sendall(handshake.initiation())
    for is_first in (True, False):
        received = receive_exactly(connection, 6)
        if is_first and received == head(COOKIE, number, 32):
            cookie = receive_exactly(connection, 32)
            handshake = Handshake(mode, key, name, cookie, os.urandom(32))
            connection.sendall(handshake.initiation())
        elif received == head(RESPONSE, number, 48):
            break
        else:
            raise TunnelError("not an answer of this protocol")
    else:
        raise TunnelError("no answer but cookies")
    keys = handshake.complete(receive_exactly(connection, 48))
    sender = Sender(keys[0])
    connection.sendall(sender.record(OPEN))
    connection.settimeout(None)
    return sender, Receiver(keys[1])

# --- The agent ------------------------------------------------------------------------------------

def address(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


def to_gateway(game, gateway, sender):
    try:
        while received := game.recv(65_536):
            gateway.sendall(sender.data(received))
        gateway.sendall(sender.record(END))
        gateway.shutdown(socket.SHUT_WR)
    except OSError:
        cut(game, gateway)


def to_game(game, gateway, receiver):
    """Everything the gateway says; an end that it did not say is a cut, for the game as well."""
    try:
        while received := gateway.recv(65_536):
            for kind, content in receiver.receive(received):
                if kind == END:
                    return game.shutdown(socket.SHUT_WR)
                game.sendall(content)
        raise TunnelError("the connection was cut")
    except (OSError, TunnelError) as error:
        print(f"tunnel ended: {error}", file=sys.stderr)
        cut(game, gateway)


def cut(*connections):
    for connection in connections:
        try:
            connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(game, options, mode, key):
    with game:
        try:
            with socket.create_connection(address(options.gateway), DEADLINE) as gateway:
                gateway.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                game.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sender, receiver = shake_hands(gateway, mode, key, options.name.encode())
                print("tunnel open", file=sys.stderr)
                threads = [threading.Thread(target=to_gateway, args=(game, gateway, sender)),
                           threading.Thread(target=to_game, args=(game, gateway, receiver))]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
        except (OSError, TunnelError) as error:
            print(f"no tunnel: {error}", file=sys.stderr)


def key_of(text):
    """The mode and the key's bytes of one line of text."""
    word, _, digits = text.strip().partition(":")
    mode = {"mystel-tunnel-public": "nk", "mystel-tunnel-psk": "psk"}.get(word)
    key = bytes.fromhex(digits) if mode else b""
    if len(key) != 32:
        raise SystemExit("the key is no mystel-tunnel-public or mystel-tunnel-psk")
    return mode, key


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--listen", default="127.0.0.1:7801")
    parser.add_argument("--gateway", required=True, help="HOST:PORT")
    parser.add_argument("--name", required=True, help="the listener's name")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--key", help="the gateway's public key, as text")
    which.add_argument("--key-file", help="a file with a key: a group's secret belongs into one")
    options = parser.parse_args()
    mode, key = key_of(options.key or open(options.key_file, encoding="ascii").read())
    with socket.create_server(address(options.listen)) as server:
        print(f"listening on {options.listen}", file=sys.stderr, flush=True)
        while True:
            game, _ = server.accept()
            threading.Thread(target=serve, args=(game, options, mode, key), daemon=True).start()


if __name__ == "__main__":
    main()
