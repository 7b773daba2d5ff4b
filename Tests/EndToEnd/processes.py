"""Processes of a test: started, listened to line by line, and always ended."""

import json
import os
import random
import signal
import socket
import subprocess
import threading
import time


def free_port():
    """A port nobody listens on, below the range that outgoing connections take theirs from."""
    while True:
        port = random.SystemRandom().randrange(10000, 32000)
        with socket.socket() as probe:
            try:
                probe.bind(("0.0.0.0", port))
                return port
            except OSError:
                continue


def wait_until(condition, timeout=5.0, step=0.01):
    """Polls; returns the condition's last value, true or not."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value or time.monotonic() > deadline:
            return value
        time.sleep(step)


class Process:
    """A child whose output is lines of JSON; other lines are kept as {"text": line}."""

    def __init__(self, arguments, reads="stdout", **options):
        self.arguments = [str(part) for part in arguments]
        self.lines = []
        self.changed = threading.Condition()
        streams = {reads: subprocess.PIPE}
        if reads == "stderr":
            streams["stdout"] = subprocess.DEVNULL
        self.process = subprocess.Popen(
            self.arguments, stdin=subprocess.PIPE, **streams, **options)
        self.reader = threading.Thread(
            target=self._read, args=(getattr(self.process, reads),), daemon=True)
        self.reader.start()

    @property
    def pid(self):
        return self.process.pid

    def _read(self, stream):
        for line in stream:
            text = line.decode(errors="replace").rstrip("\n")
            try:
                entry = json.loads(text)
                if not isinstance(entry, dict):
                    raise ValueError
                nested = entry.get("metadata")
                if isinstance(nested, dict):
                    entry = {**entry, **nested}
            except ValueError:
                entry = {"text": text}
            with self.changed:
                self.lines.append(entry)
                self.changed.notify_all()

    def matching(self, **fields):
        with self.changed:
            return [line for line in self.lines
                    if all(line.get(key) == value for key, value in fields.items())]

    def wait_for(self, timeout=10.0, count=1, **fields):
        """The lines with these fields, once there are `count`; fails after the timeout."""
        deadline = time.monotonic() + timeout
        while True:
            found = self.matching(**fields)
            if len(found) >= count:
                return found
            left = deadline - time.monotonic()
            assert left > 0, f"{self.arguments[:2]}: {len(found)} of {count} lines {fields}; " \
                             f"last lines: {self.lines[-15:]}"
            with self.changed:
                self.changed.wait(min(left, 0.2))

    def end_input(self):
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()

    def wait(self, timeout=30.0):
        code = self.process.wait(timeout)
        self.reader.join(5)
        return code

    def terminate(self, timeout=10.0):
        """Asks to end; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait(timeout)

    def close(self):
        """Ends it by force if it still runs."""
        self.end_input()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.reader.join(5)

    # What the kernel says about it.

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_bytes(self):
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Peer(Process):
    """A terapeer process; `result` is its last line."""

    def __init__(self, program, mode, *arguments, prefix=()):
        super().__init__([*prefix, program, mode, *arguments])

    @property
    def result(self):
        return self.wait_for(event="result", timeout=5)[-1]

    def finish(self, timeout=30.0):
        """Ends its input, which says goodbye on every session; returns the result."""
        self.end_input()
        self.exit_code = self.wait(timeout)
        return self.result


class GameServer(Peer):
    def __init__(self, program, *arguments, host="127.0.0.1", port=None, prefix=()):
        self.address = (host, port or free_port())
        super().__init__(program, "server", "--listen", f"{host}:{self.address[1]}", *arguments,
                         prefix=prefix)
        self.wait_for(event="listening", timeout=5)

    def accepted(self):
        return len(self.matching(event="accept"))

    def open_connections(self):
        """Ids of connections accepted and not yet closed."""
        closed = {line["id"] for line in self.matching(event="close")}
        return [line["id"] for line in self.matching(event="accept") if line["id"] not in closed]

    def finish_well(self, timeout=10.0):
        """The result once every connection has ended: players may be done before this side is."""
        wait_until(lambda: not self.open_connections(), timeout)
        return self.finish()


class Players(Peer):
    """Honest players. They play until `finish`, which checks every byte both ways."""

    def __init__(self, program, address, *arguments, sessions=6, seed=7, rate=30, server_rate=30,
                 burst=100_000, limit=240, prefix=(), wait=True):
        host, port = address
        super().__init__(
            program, "client", "--connect", f"{host}:{port}", "--sessions", sessions, "--seed",
            seed, "--rate", rate, "--server-rate", server_rate, "--burst", burst, "--limit", limit,
            *arguments, prefix=prefix)
        self.sessions = sessions
        if wait:
            self.wait_for(event="session", count=sessions, timeout=20)

    def failures(self):
        return self.matching(event="failed")

    def finish_well(self, timeout=40.0):
        """Says goodbye and asserts that no session lost or saw a wrong byte."""
        result = self.finish(timeout)
        assert self.exit_code == 0, (result, self.failures()[:5])
        assert result["failed"] == 0 and result["ok"] == result["sessions"] > 0
        return result


def assert_same_bytes(players, server):
    """Both ends counted and digested the same streams."""
    for field in ("ok", "to_server_bytes", "to_client_bytes", "to_server_digest",
                  "to_client_digest"):
        assert players[field] == server[field], field
