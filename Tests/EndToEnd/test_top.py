"""`mystel top` on a terminal of its own, and elsewhere."""

import fcntl
import os
import pty
import signal
import struct
import termios
import threading

import pytest

from processes import wait_until
from test_control import Commands, place  # noqa: F401 (a fixture)


@pytest.fixture
def commands(mystel, place):
    return Commands(mystel, place)


class Terminal:
    """A program on a terminal of 100 columns and 30 rows."""

    def __init__(self, *arguments):
        self.shown = b""
        pid, self.descriptor = pty.fork()
        if pid == 0:
            os.environ["TERM"] = "xterm"
            os.execv(arguments[0], arguments)
        self.pid = pid
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        while True:
            try:
                part = os.read(self.descriptor, 65536)
            except OSError:
                return
            if not part:
                return
            self.shown += part

    def press(self, key):
        os.write(self.descriptor, key)

    def status(self):
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status)


@pytest.mark.parametrize("key", [b"q", b"\x03"])
def test_top_draws_what_goes_on_until_it_is_told_to_quit(stage, place, mystel, key):
    with stage(control=place):
        top = Terminal(str(mystel), "top", "--interval", "1s", "--socket", place)
        assert wait_until(lambda: top.shown.count(b"\x1b[H") >= 3, 15)
        screen = top.shown.rsplit(b"\x1b[H", 1)[1].decode()
        lines = [line.split("\x1b[K")[0] for line in screen.split("\r\n")]
        assert lines[0].startswith("mystel ") and lines[1].startswith("sessions 6 of ")
        rates = lines[2].split()
        assert rates[0] == "packets" and float(rates[1].rstrip("/s")) > 0
        assert sum("127.0.0.1:" in line for line in lines) == 6
        assert all(len(line) <= 100 for line in lines) and len(lines) <= 30
        top.press(key)
        assert top.status() == 0
        # The screen that was there before is there again, with its cursor.
        assert wait_until(lambda: top.shown.rstrip().endswith(b"\x1b[?25h\x1b[?1049l"), 5)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_top_leaves_the_terminal_as_it_was_when_a_signal_ends_it(stage, place, mystel, number):
    with stage(control=place, neighbours=0):
        top = Terminal(str(mystel), "top", "--interval", "30s", "--socket", place)
        assert wait_until(lambda: b"sessions 0 of" in top.shown, 15)
        os.kill(top.pid, number)
        assert top.status() == -number
        assert wait_until(lambda: top.shown.rstrip().endswith(b"\x1b[?25h\x1b[?1049l"), 5)


def test_top_prints_one_view_where_there_is_no_terminal(stage, place, commands):
    with stage(control=place):
        text = commands.run("top", "--interval", "1s")
        assert text.splitlines()[1].startswith("sessions 6 of ") and "\x1b" not in text
        view = commands.json("top", "--interval", "1s")
        assert view["sessions"] == 6 and view["packetsPerSecond"]["toBackend"] > 0
        assert "1s to 1h" in commands.run("top", "--interval", "2h", status=64)


def test_top_says_why_it_ends_when_the_gateway_goes(stage, place, mystel):
    with stage(control=place, neighbours=0) as scene:
        top = Terminal(str(mystel), "top", "--interval", "1s", "--socket", place)
        assert wait_until(lambda: b"sessions 0 of" in top.shown, 15)
        scene.gateway.close()
        assert top.status() == 1
        assert wait_until(lambda: b"\x1b[?1049l" in top.shown, 5)
        scene.check = lambda: None  # There is no gateway any more.
