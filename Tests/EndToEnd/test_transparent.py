"""`source_address: transparent`: a closed server sees the player's own address.

Three network namespaces: player 10.71.1.2 - gateway - game server 10.71.2.2. What the server
sends to the player's address comes back through the gateway's host, where a rule for that
interface delivers it locally.
"""

import contextlib
import os
import shutil
import subprocess
import time

import pytest
from gateway import Gateway, backend, configuration, listener
from processes import GameServer, Players, assert_same_bytes, wait_until


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=10)


class Namespaces:
    """Three hosts in a row, and nothing else on their wires."""

    def __init__(self):
        number = os.getpid()
        self.player, self.gateway, self.server = (f"mt{number}{role}" for role in "pgs")
        self.made = []
        try:
            for name in (self.player, self.gateway, self.server):
                ip("netns", "add", name)
                self.made.append(name)
                ip("-n", name, "link", "set", "lo", "up")
            self._wire(self.player, "10.71.1.2/24", self.gateway, "10.71.1.1/24", "front")
            self._wire(self.server, "10.71.2.2/24", self.gateway, "10.71.2.1/24", "back")
            ip("-n", self.player, "route", "add", "default", "via", "10.71.1.1")
            ip("-n", self.server, "route", "add", "default", "via", "10.71.2.1")
            ip("-n", self.gateway, "rule", "add", "iif", "back", "lookup", "100")
            ip("-n", self.gateway, "route", "add", "local", "0.0.0.0/0", "dev", "lo", "table", "100")
            for name in ("all", "back", "front"):
                self.run(self.gateway, "sysctl", "-qw", f"net.ipv4.conf.{name}.rp_filter=0")
        except BaseException:
            self.close()
            raise

    def _wire(self, host, host_address, gateway, gateway_address, name):
        ip("-n", host, "link", "add", "wire", "type", "veth", "peer", "name", name, "netns", gateway)
        for space, link, address in ((host, "wire", host_address), (gateway, name, gateway_address)):
            ip("-n", space, "addr", "add", address, "dev", link)
            ip("-n", space, "link", "set", link, "up")

    @staticmethod
    def inside(name):
        return ["ip", "netns", "exec", name]

    def run(self, name, *command):
        subprocess.run([*self.inside(name), *command], check=True, capture_output=True, timeout=10)

    def close(self):
        for name in self.made:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, timeout=10)


@pytest.fixture
def namespaces():
    if shutil.which("ip") is None:
        pytest.skip("no ip command: apt-get install iproute2")
    try:
        spaces = Namespaces()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"network namespaces are not permitted: {error.stderr.decode().strip()}")
    with contextlib.closing(spaces):
        yield spaces


@contextlib.contextmanager
def cast(terapeer, mystel, directory, spaces, source_address, timeouts=None):
    with contextlib.ExitStack() as resources:
        def keep(process):
            return resources.enter_context(contextlib.closing(process))

        server = keep(GameServer(
            terapeer, host="10.71.2.2", port=7701, prefix=spaces.inside(spaces.server)))
        gateway = keep(Gateway(mystel, directory, configuration(
            [listener("public", 7801, "world", host="10.71.1.1")],
            [backend("world", server.address, source_address=source_address)], timeouts),
            prefix=spaces.inside(spaces.gateway)))
        assert wait_until(lambda: listens(spaces, gateway), 10), gateway.lines
        gateway.note_baseline()
        players = keep(Players(
            terapeer, ("10.71.1.1", 7801), sessions=5, prefix=spaces.inside(spaces.player)))
        server.wait_for(event="login", count=5)
        yield server, gateway, players


def listens(spaces, gateway):
    assert gateway.alive(), gateway.lines
    text = subprocess.run([*spaces.inside(spaces.gateway), "cat", "/proc/net/tcp"],
                          capture_output=True, text=True, timeout=10).stdout
    return any(line.split()[3] == "0A" and line.split()[1].endswith(f":{7801:04X}")
               for line in text.splitlines()[1:])


@pytest.mark.parametrize("mode, seen", [("transparent", "10.71.1.2"), ("proxy", "10.71.2.1")])
def test_address_that_the_server_sees(terapeer, mystel, tmp_path, namespaces, mode, seen):
    with cast(terapeer, mystel, tmp_path, namespaces, mode) as (server, gateway, players):
        assert_same_bytes(players.finish_well(), server.finish())
        logins = server.matching(event="login")
        assert {line["peer"].rsplit(":", 1)[0] for line in logins} == {seen}
        gateway.returns_to_baseline()
        gateway.ends_well()


@pytest.mark.long
@pytest.mark.parametrize("side", ["player", "server"])
def test_A12_pulled_cable_ends_sessions_within_a_minute(
        terapeer, mystel, tmp_path, namespaces, side):
    with cast(terapeer, mystel, tmp_path, namespaces, "proxy") as (server, gateway, players):
        ip("-n", getattr(namespaces, side), "link", "set", "wire", "down")
        start = time.monotonic()
        gateway.wait_end(count=5, timeout=90)
        assert time.monotonic() - start < 65
        gateway.returns_to_baseline(5)
        gateway.ends_well()
