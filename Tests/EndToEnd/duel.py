"""Both ends of one session in one thread: a player's socket and the game server's.

Tests that misbehave need to say exactly which byte is sent when, on either side of the gateway.
"""

import contextlib
import random as randoms
import select
import socket
import struct
import time

import tera

TIMEOUT = 5.0


def connect(address, source=None):
    peer = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
    peer.settimeout(TIMEOUT)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if source:
        peer.bind((source, 0))
    peer.connect(address)
    return peer


def receive_exactly(peer, count):
    """`count` bytes, or fewer if the other side ended first."""
    received = bytearray()
    while len(received) < count:
        try:
            part = peer.recv(min(count - len(received), 1 << 20))
        except ConnectionError:
            break
        if not part:
            break
        received += part
    return bytes(received)


def drain(peer, timeout=TIMEOUT):
    """All bytes up to the end of the connection; fails if it does not end in time."""
    received = bytearray()
    deadline = time.monotonic() + timeout
    while True:
        left = deadline - time.monotonic()
        assert left > 0, f"still open after {timeout} s, {len(received)} bytes"
        peer.settimeout(left)
        try:
            part = peer.recv(1 << 20)
        except ConnectionError:
            return bytes(received)
        except TimeoutError:
            continue
        if not part:
            return bytes(received)
        received += part


def seconds_until_closed(peer, timeout=TIMEOUT):
    start = time.monotonic()
    drain(peer, timeout)
    return time.monotonic() - start


def reset(peer):
    """Closes with RST."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


class OddServer:
    """A game server's listening socket, served by hand."""

    def __init__(self, address=("127.0.0.1", 0)):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(address)
        self.listener.listen(1024)
        self.address = self.listener.getsockname()
        self.kept = []

    def close(self):
        self.listener.close()
        self.forget()

    def forget(self):
        """Closes every connection accepted so far."""
        while self.kept:
            self.kept.pop().close()

    def accept(self, timeout=TIMEOUT):
        """The next connection, health checks included; None if there is none in time."""
        self.listener.settimeout(timeout)
        try:
            peer, self.peer_address = self.listener.accept()
        except TimeoutError:
            return None
        peer.settimeout(TIMEOUT)
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.kept.append(peer)
        return peer

    def accept_player(self, timeout=TIMEOUT, hello=tera.HELLO):
        """The next connection that stays open, with the hello sent; health checks are passed by."""
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            peer = self.accept(left)
            if peer is None:
                return None
            if not is_probe(peer):
                if hello:
                    peer.sendall(hello)
                return peer
            peer.close()
        return None

    def skip_probes(self):
        """Takes away the health checks made so far."""
        while (peer := self.accept(0.15)) is not None:
            peer.close()

    def is_untouched(self, seconds=0.3):
        return self.accept_player(seconds, hello=None) is None


def end_sending(peer):
    """FIN, unless the other side was first."""
    with contextlib.suppress(OSError):
        peer.shutdown(socket.SHUT_WR)


def is_probe(peer):
    """Whether a connection was closed without a byte; a player's awaits the hello."""
    readable, _, _ = select.select([peer], [], [], 0.1)
    if not readable:
        return False
    try:
        return peer.recv(1, socket.MSG_PEEK) == b""
    except ConnectionError:
        return True


class Duel:
    """A session through the gateway, handshake done: `player` and `server` are its sockets."""

    def __init__(self, address, server, seed=1, keys=None, source=None, header=b"", log_in=True):
        self.random = randoms.Random(seed)
        self.keys = keys or tera.random_keys(self.random)
        self.player = connect(address, source)
        if header:
            self.player.sendall(header)
        assert receive_exactly(self.player, 4) == tera.HELLO
        self.player.sendall(self.keys.client1)
        self.server = server.accept_player()
        assert self.server is not None, "the gateway did not connect its backend"
        self.backend_address = server.peer_address
        assert receive_exactly(self.server, 128) == self.keys.client1
        self.server.sendall(self.keys.server1)
        assert receive_exactly(self.player, 128) == self.keys.server1
        self.player.sendall(self.keys.client2)
        assert receive_exactly(self.server, 128) == self.keys.client2
        self.server.sendall(self.keys.server2)
        assert receive_exactly(self.player, 128) == self.keys.server2

        self.player_sends, self.player_reads = self.keys.ciphers()
        self.server_reads, self.server_sends = self.keys.ciphers()
        if log_in:
            self.exchange(tera.check_version())
            self.exchange(tera.login())
            self.answer(tera.packet(19901, b"\1"))

    def say(self, plain):
        """Player to server, without waiting for it."""
        self.player.sendall(self.player_sends.apply(plain))

    def tell(self, plain):
        """Server to player, without waiting for it."""
        self.server.sendall(self.server_sends.apply(plain))

    def server_hears(self, count):
        return self.server_reads.apply(receive_exactly(self.server, count))

    def player_hears(self, count):
        return self.player_reads.apply(receive_exactly(self.player, count))

    def exchange(self, plain):
        """Player to server, byte-exact."""
        self.say(plain)
        assert self.server_hears(len(plain)) == plain

    def answer(self, plain):
        """Server to player, byte-exact."""
        self.tell(plain)
        assert self.player_hears(len(plain)) == plain

    def server_hears_end(self, timeout=TIMEOUT):
        """What the server still receives before its connection ends."""
        return self.server_reads.apply(drain(self.server, timeout))

    def player_hears_end(self, timeout=TIMEOUT):
        return self.player_reads.apply(drain(self.player, timeout))

    def close(self):
        self.player.close()
        self.server.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
