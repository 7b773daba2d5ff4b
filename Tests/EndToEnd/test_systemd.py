"""What systemd is told: readiness, reloads, signs of life, the end."""

import os
import shutil
import signal
import socket
import subprocess

import pytest

from gateway import Gateway, backend, configuration, listener
from processes import free_port
from reference import REPOSITORY


class Listener:
    def __init__(self, directory):
        self.path = directory / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(10)

    def hear(self, wanted):
        """The next message that has the line."""
        while True:
            lines = self.socket.recv(4096).decode().splitlines()
            if wanted in lines:
                return lines


def test_systemd_is_told_of_the_start_of_life_of_reloads_and_of_the_end(
        mystel, tmp_path, monkeypatch):
    manager = Listener(tmp_path)
    settings = configuration(
        [listener("public", free_port(), "world")], [backend("world", ("127.0.0.1", 1))])
    binary = tmp_path / "started"
    binary.write_text(f'''#!/bin/sh
export NOTIFY_SOCKET={manager.path} WATCHDOG_USEC=400000
exec {mystel} "$@"
''')
    binary.chmod(0o755)
    gateway = Gateway(str(binary), tmp_path, settings, awaited=[])
    try:
        ready = manager.hear("READY=1")
        assert any(line.startswith("STATUS=1 listeners, room for ") for line in ready)
        for _ in range(3):
            manager.hear("WATCHDOG=1")
        gateway.reload()
        assert any(line.startswith("MONOTONIC_USEC=") for line in manager.hear("RELOADING=1"))
        assert "STATUS=configuration reloaded" in manager.hear("READY=1")
        gateway.file.write_text("version: 1\nnonsense: 1\n")
        gateway.reload()
        manager.hear("RELOADING=1")
        assert "STATUS=configuration rejected" in manager.hear("READY=1")
        gateway.process.send_signal(signal.SIGTERM)
        manager.hear("STOPPING=1")
        assert gateway.process.wait(timeout=15) == 0
    finally:
        gateway.close()


def test_the_unit_is_one_that_systemd_takes(tmp_path):
    verify = shutil.which("systemd-analyze")
    if verify is None:
        pytest.skip("no systemd-analyze: apt-get install systemd")
    text = (REPOSITORY / "packaging" / "mystel.service").read_text()
    unit = tmp_path / "mystel.service"
    # The program need not be installed here.
    unit.write_text(text.replace("/usr/local/bin/mystel", "/bin/true"))
    done = subprocess.run(
        [verify, "verify", "--man=no", unit], capture_output=True, text=True, timeout=60,
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "warning"})
    complaints = [line for line in done.stderr.splitlines() if "mystel.service" in line]
    assert not complaints, complaints
