"""The tunnel's ends and what stands between them, for tests."""

import contextlib
import os
import socket
import subprocess
import sys
import threading

from processes import Process, free_port
from reference import REPOSITORY

AGENT = REPOSITORY / "Examples/tunnel-agent/mystel_tunnel.py"
# One that has the package `cryptography`, where there is one: the agent is slow without.
PYTHON = os.environ.get("NOISE_PYTHON") or sys.executable
sys.path.insert(0, str(AGENT.parent))

import mystel_tunnel as protocol  # noqa: E402


class Key:
    """A gateway's key, or a group's secret, as `mystel tunnel keygen` makes it."""

    def __init__(self, mystel, directory, name="tunnel.key", psk=False):
        self.file = directory / name
        made = subprocess.run(
            [mystel, "tunnel", "keygen", *(["--psk"] if psk else []), self.file],
            check=True, capture_output=True, text=True)
        self.public = made.stdout.strip()

    @property
    def secret_digits(self):
        return self.file.read_text().strip().partition(":")[2]

    @property
    def public_digits(self):
        return self.public.partition(":")[2]

    def settings(self, **more):
        return {"tunnel": {"mode": "required", "key": f"file:{self.file}", **more}}


class Agent(Process):
    """A player's end: ours in Swift or in Python, or the other implementation's."""

    def __init__(self, arguments):
        self.address = ("127.0.0.1", free_port())
        super().__init__(arguments(self.address[1]), reads="stderr")
        self.wait_for_text("listening")

    def wait_for_text(self, text, count=1, timeout=10.0):
        def found():
            return [line for line in self.lines if text in line.get("text", "")]
        with self.changed:
            assert self.changed.wait_for(lambda: len(found()) >= count, timeout), self.lines[-10:]

    @classmethod
    def swift(cls, mystel, gateway, key, *more, name="odd"):
        return cls(lambda port: [
            mystel, "tunnel", "client", "--listen", f"127.0.0.1:{port}", "--gateway",
            f"{gateway[0]}:{gateway[1]}", "--key", key, "--name", name, *more])

    @classmethod
    def python(cls, gateway, key, name="odd"):
        option = ["--key", key] if str(key).startswith("mystel") else ["--key-file", key]
        return cls(lambda port: [
            PYTHON, "-u", AGENT, "--listen", f"127.0.0.1:{port}", "--gateway",
            f"{gateway[0]}:{gateway[1]}", "--name", name, *option])


class NoisePeer(Process):
    """Either end, on another implementation of Noise."""

    def __init__(self, python, role, target, name, key):
        self.address = ("127.0.0.1", free_port())
        super().__init__([python, REPOSITORY / "Tests/EndToEnd/noisepeer.py", role,
                          self.address[1], target[1], name, key])
        self.wait_for(text="listening")


class Middle:
    """Somebody on the way: carries connections on, and may change, cut up or stop what passes.

    `change(is_to_gateway, offset, bytes)` gives what is passed on. `stop` is (is_to_gateway, offset,
    seconds): once so much has passed in that direction, all stands still for a while."""

    def __init__(self, target, change=None, segment=None, stop=None):
        self.target, self.change, self.segment, self.stop = target, change, segment, stop
        self.flows = threading.Event()
        self.flows.set()
        self.server = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = self.server.getsockname()
        self.peers = []
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                peer, _ = self.server.accept()
                other = socket.create_connection(self.target)
            except OSError:
                return
            self.peers += [peer, other]
            for one, two, is_to_gateway in ((peer, other, True), (other, peer, False)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(
                    target=self.carry, args=(one, two, is_to_gateway), daemon=True).start()

    def carry(self, source, target, is_to_gateway):
        offset = passed = 0
        try:
            while received := source.recv(65536):
                self.flows.wait()
                sent = self.change(is_to_gateway, offset, received) if self.change else received
                offset += len(received)
                step = self.segment or max(1, len(sent))
                for start in range(0, len(sent), step):
                    self.flows.wait()
                    target.sendall(sent[start:start + step])
                    passed += len(sent[start:start + step])
                    self.stand_still(is_to_gateway, passed)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            self.cut(source, target)

    def stand_still(self, is_to_gateway, passed):
        if self.stop and self.stop[0] == is_to_gateway and passed >= self.stop[1]:
            seconds = self.stop[2]
            self.stop = None
            self.flows.clear()
            threading.Timer(seconds, self.flows.set).start()

    @staticmethod
    def cut(*peers):
        for peer in peers:
            try:
                peer.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.flows.set()
        self.server.close()
        self.cut(*self.peers)
        for peer in self.peers:
            peer.close()


class Speaker:
    """A tunnel's own end in the test's hands."""

    def __init__(self, peer, sender, receiver):
        self.peer, self.sender, self.receiver = peer, sender, receiver
        self.heard = b""

    def say(self, content):
        self.peer.sendall(self.sender.data(content))

    def hear(self, count):
        while len(self.heard) < count:
            received = self.peer.recv(65536)
            assert received, f"ended after {self.heard!r}"
            self.heard += b"".join(content for _, content in self.receiver.receive(received))
        heard, self.heard = self.heard[:count], self.heard[count:]
        return heard


class RekeyingAgent:
    """A player's end that sends a few bytes a record, and takes a new key after each."""

    def __init__(self, gateway, key, piece=10):
        self.gateway, self.key, self.piece = gateway, key, piece
        self.rekeys = 0
        self.server = socket.create_server(("127.0.0.1", 0))
        self.address = self.server.getsockname()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                game, _ = self.server.accept()
                threading.Thread(target=self.serve, args=(game,), daemon=True).start()

    def serve(self, game):
        with contextlib.suppress(OSError):
            gateway = socket.create_connection(self.gateway)
            gateway.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with opened(gateway, self.key) as speak:
                threading.Thread(target=protocol.to_game, args=(game, gateway, speak.receiver),
                                 daemon=True).start()
                while received := game.recv(self.piece):
                    gateway.sendall(speak.sender.data(received) + speak.sender.rekey())
                    self.rekeys += 1
                gateway.sendall(speak.sender.record(protocol.END))
                gateway.shutdown(socket.SHUT_WR)

    def close(self):
        self.server.close()


@contextlib.contextmanager
def opened(peer, key, first=b"", name=b"odd"):
    peer.sendall(first)
    yield Speaker(peer, *protocol.shake_hands(peer, "nk", bytes.fromhex(key.public_digits), name))


@contextlib.contextmanager
def ending(*processes):
    try:
        yield processes[0] if len(processes) == 1 else processes
    finally:
        for process in reversed(processes):
            process.close()
