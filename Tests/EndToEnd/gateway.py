"""`mystel run` as a child: its configuration, its log, and what the kernel says about it."""

import ctypes
import errno
import os
import re
import signal
import time

from processes import Process, wait_until
from tera import BUILD

# The engine that every gateway is to run on: ring or nio. Unset, the gateway chooses.
ENGINE = os.environ.get("MYSTEL_ENGINE")


def has_ring():
    """Whether io_uring is there and allowed: a call with nothing in it is then only a bad one."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall(425, 0, None)  # io_uring_setup, on every architecture
    return ctypes.get_errno() in (errno.EFAULT, errno.EINVAL)


PLAIN = re.compile(r"^[A-Za-z0-9_./-][A-Za-z0-9_./:-]*$")


def to_yaml(value, indent=0):
    """Block style, as an operator writes it."""
    pad = "  " * indent
    if isinstance(value, dict):
        return "".join(
            f"{pad}{key}:" + (f" {_scalar(item)}\n" if _flat(item)
                              else "\n" + to_yaml(item, indent + 1))
            for key, item in value.items())
    lines = []
    for item in value:
        if _flat(item):
            lines.append(f"{pad}- {_scalar(item)}\n")
        else:
            lines.append(f"{pad}- " + to_yaml(item, indent + 1)[len(pad) + 2:])
    return "".join(lines)


def _flat(value):
    return not isinstance(value, (dict, list)) or all(
        not isinstance(item, (dict, list)) for item in value) and isinstance(value, list)


def _scalar(value):
    if isinstance(value, list):
        return "[" + ", ".join(_scalar(item) for item in value) + "]"
    text = str(value)
    return text if PLAIN.match(text) and not text.endswith(":") else f'"{text}"'


UNLIMITED = {group: {"mode": "off"} for group in ("session", "address", "prefix", "gateway")}


def listener(name, port, backend, accept=None, trusted=("127.0.0.0/8",), host="127.0.0.1", **more):
    entry = {"name": name, "bind": f"{host}:{port}", "game": "tera", "build": "auto",
             "backend": backend, **more}
    if accept:
        entry["proxy_protocol"] = {"accept": accept, "trusted": list(trusted)}
    return entry


def backend(name, address, **more):
    return {"name": name, "address": f"{address[0]}:{address[1]}", "builds": [BUILD], **more}


def configuration(listeners, backends, timeouts=None, limits=None, workers=1, inspection=None,
                  control="off", admission=None, management=None, **more):
    # The peers' packets are random bytes behind random opcodes: rules may look, and not touch.
    # Health checks are rare, so that tests can count a backend's connections. All peers come from a
    # few addresses and at once: only tests about that are held to it.
    return {
        "version": 1,
        "workers": workers,
        "log": {"level": "debug", "format": "json"},
        "timeouts": {"health_check": "60s", "drain": "2s", **(timeouts or {})},
        "limits": {**UNLIMITED, **(limits or {})},
        "admission": admission or {"mode": "off"},
        "inspection": inspection or {"profile": "observe"},
        "control": {"socket": control},
        "management": {"socket": "off", **(management or {})},
        **more,
        "listeners": listeners,
        "backends": backends,
    }


def is_listening(port):
    wanted = f":{port:04X} "
    for path in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            with open(path) as file:
                for line in file:
                    fields = line.split()
                    if len(fields) > 3 and fields[3] == "0A" and (fields[1] + " ").endswith(wanted):
                        return True
        except OSError:
            continue
    return False


class Gateway(Process):
    def __init__(self, binary, directory, settings, prefix=(), awaited=None):
        """`awaited`: the listeners to wait for, by name; default all, none inside a namespace."""
        self.file = directory / "mystel.yaml"
        self.settings = settings
        self.write(settings)
        # Variables that are meant for the tests are not the gateway's.
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith("MYSTEL_")}
        super().__init__([*prefix, binary, "run", "--config", self.file], reads="stderr",
                         env=environment)
        ports = []
        if awaited != [] and not prefix:
            ports = [int(entry["bind"].rsplit(":", 1)[1]) for entry in settings["listeners"]
                     if awaited is None or entry["name"] in awaited]
        if ports:
            ready = wait_until(
                lambda: self.process.poll() is not None or all(map(is_listening, ports)), 10)
            if not ready or not self.alive():
                self.close()
                raise AssertionError(f"did not start: {self.lines}")
        self.baseline = None

    def write(self, settings):
        if ENGINE and isinstance(settings, dict):
            settings = {"engine": ENGINE, **settings}  # unless they name one
        self.file.write_text(settings if isinstance(settings, str) else to_yaml(settings))

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def alive(self):
        return self.process.poll() is None

    def note_baseline(self):
        """Descriptors when idle, once their number rests."""
        last, since = self.descriptors(), time.monotonic()
        deadline = since + 3
        while time.monotonic() - since < 0.25 and time.monotonic() < deadline:
            now = self.descriptors()
            if now != last:
                last, since = now, time.monotonic()
            time.sleep(0.02)
        self.baseline = last

    def returns_to_baseline(self, seconds=2.0):
        assert wait_until(lambda: self.descriptors() <= self.baseline, seconds), \
            f"{self.descriptors()} descriptors, {self.baseline} when idle"

    def ends(self, *reasons):
        """Lines that give one of these reasons, or any: ends of sessions, and refusals, of which
        only the first is logged."""
        with self.changed:
            return [line for line in self.lines if "reason" in line
                    and not line["message"].startswith("in shadow:")
                    and (not reasons or line["reason"] in reasons)]

    def wait_end(self, *reasons, count=1, timeout=5.0):
        found = wait_until(
            lambda: len(self.ends(*reasons)) >= count and self.ends(*reasons), timeout)
        assert found, f"no end with {reasons}: {[line['reason'] for line in self.ends()][-20:]}"
        return found

    def loud_lines(self):
        """What an operator sees at the default level."""
        with self.changed:
            return [line for line in self.lines
                    if str(line.get("level", "")).lower() in ("notice", "warning", "error",
                                                               "critical")]

    def wait_loud(self, message, timeout=5.0):
        """Lines of this message at the default level, once there is one: they are written by a thread
        of their own, and what they tell of may be seen before them."""
        found = wait_until(lambda: [line for line in self.loud_lines()
                                    if message in line.get("message", "")], timeout)
        assert found, f"no line {message!r}: {self.loud_lines()[-5:]}"
        return found

    def summary(self):
        """The counters logged at the end."""
        with self.changed:
            found = [line for line in self.lines if "closes" in line]
        assert found, f"no summary: {self.lines[-5:]}"
        return found[-1]

    def ends_well(self, timeout=8.0):
        """SIGTERM: drained, exit status 0."""
        assert self.alive(), self.lines[-20:]
        code = self.terminate(timeout)
        assert code == 0, (code, self.lines[-20:])
