"""Rows of section G of the catalogue that show on the running gateway: whose evidence counts, stores
that cannot be written, lists gone wrong; and floods that the limits of addresses refuse."""

import contextlib
import os
import re
import socket
import struct
import subprocess
import threading
import time

import pytest
import tera
from duel import connect, drain, receive_exactly, seconds_until_closed
from gateway import Gateway
from processes import wait_until
from test_control import Commands, commands, place  # noqa: F401 (fixtures)
from test_reputation import flood, let_in, refused

ENFORCE = {"reputation": {"mode": "enforce"}}


def bans_of(scene):
    return {line["target"] for line in scene.gateway.loud_lines()
            if line.get("message") == "banned"}


def checksum(data):
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def syn(source, target, source_port):
    """A TCP segment that asks for a connection in somebody else's name."""
    ends = socket.inet_aton(source) + socket.inet_aton(target[0])
    tcp = struct.pack(">HHIIBBHHH", source_port, target[1], 77, 0, 5 << 4, 2, 65535, 0, 0)
    mark = checksum(ends + struct.pack(">BBH", 0, 6, len(tcp)) + tcp)
    tcp = tcp[:16] + struct.pack(">H", mark) + tcp[18:]
    return struct.pack(">BBHHHBBH", 0x45, 0, 40, 1, 0, 64, 6, 0) + ends + tcp


def test_g4_connections_that_were_never_made_speak_against_nobody(stage):
    limits = {"address": {"connections_per_second": 5, "burst_connections": 5,
                          "exempt": ["127.0.0.1"]}}
    with stage(limits=limits, neighbours=0, **ENFORCE) as scene:
        try:
            forger = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        except PermissionError:
            pytest.skip("raw sockets are not permitted")
        with forger:
            for number in range(3000):
                forger.sendto(syn("127.66.0.9", scene.odd, 1024 + number), (scene.odd[0], 0))
        time.sleep(1.5)
        # All five of its second are still there.
        for _ in range(5):
            peer = connect(scene.odd, "127.66.0.9")
            assert receive_exactly(peer, 4) == tera.HELLO
            peer.close()
        assert not bans_of(scene)
        assert not scene.gateway.ends("address_rate", "address_blocked")


def test_g4_a_forged_header_gets_nobody_banned(stage, place, commands):  # noqa: F811
    victim = "203.0.113.7"
    header = tera.proxy_v2(source=victim)
    # On a listener without headers, and by a peer whose word counts for nothing.
    for accept, trusted in ((None, ["127.0.0.0/8"]), ("v2", ["127.77.0.1/32"])):
        with stage(control=place, accept=accept, trusted=trusted, neighbours=0,
                   **ENFORCE) as scene:
            for _ in range(30):
                with contextlib.suppress(OSError), \
                        contextlib.closing(connect(scene.odd, "127.66.0.1")) as peer:
                    peer.sendall(header + b"\x47" * 4096)
                    drain(peer, 3)
            time.sleep(1.5)
            assert "is not banned" in commands.run("bans", "check", victim)
            assert bans_of(scene) <= {"127.66.0.1"}
            # What he sends behind it is his own.
            scene.gateway.wait_end("untrusted_peer" if accept else "data_before_keys")


def test_g4_the_header_of_a_trusted_proxy_feeds_the_score_of_its_player(
        stage, place, commands):  # noqa: F811
    with stage(control=place, accept="v2", **ENFORCE) as scene:
        honest = scene.duel(header=tera.proxy_v2(source="198.51.100.9"))
        let_in(honest, 77)
        for _ in range(12):
            with contextlib.suppress(OSError), contextlib.closing(connect(scene.odd)) as peer:
                peer.sendall(tera.proxy_v2(source="203.0.113.7") + b"\x47" * 4096)
                drain(peer, 3)
        assert wait_until(lambda: bans_of(scene) == {"203.0.113.7"}, 5), bans_of(scene)
        honest.exchange(tera.packet(1, b"x" * 8))


def test_g7_a_store_on_a_read_only_disk(stage, mystel, place, tmp_path):  # noqa: F811
    disk = tmp_path / "disk"
    disk.mkdir()
    store = disk / "reputation.db"
    inside = ["unshare", "--mount", "sh", "-ec",
              'mount -t tmpfs -o size=16m none "$0"; mount -o remount,ro "$0"; shift; exec "$@"',
              str(disk), "--"]
    if subprocess.run([*inside, "true"], capture_output=True).returncode:
        pytest.skip("mounting is not permitted")
    with stage(neighbours=0) as scene:
        settings = {**scene.settings, "control": {"socket": place},
                    "listeners": [{**scene.settings["listeners"][0], "bind": "127.0.0.1:0"}],
                    "backends": scene.settings["backends"][:1], "reputation": {"store": str(store)}}
        commands = Commands(mystel, place)  # noqa: F811
        directory = tmp_path / "run"
        directory.mkdir()
        gateway = Gateway(mystel, directory, settings, prefix=inside)
        try:
            assert wait_until(lambda: os.path.exists(place), 10), gateway.lines
            assert "not on the disk" in commands.run("bans", "add", "203.0.113.7", status=1)
            # It holds, and the operator was told once.
            commands.run("bans", "check", "203.0.113.7", status=3)
            assert commands.json("status")["isStored"] is False
            gateway.wait_loud("store of bans")
            told = [line for line in gateway.loud_lines() if line["level"] == "error"]
            assert len(told) == 1, told
            there = ["nsenter", "-t", str(gateway.pid), "-m"]
            subprocess.run([*there, "mount", "-o", "remount,rw", str(disk)], check=True)
            assert wait_until(lambda: commands.json("status")["isStored"], 15), gateway.lines[-5:]
            written = subprocess.run(
                [*there, "sh", "-c", 'cat "$0"*', str(store)], check=True, capture_output=True)
            assert b"203.0.113.7" in written.stdout
            gateway.ends_well()
        finally:
            gateway.close()


BROKEN_SYNC = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

static int broken(void) { return access(getenv("BROKEN_WHILE"), F_OK) == 0; }
int fsync(int fd) { return broken() ? (errno = EIO, -1) : (int)syscall(SYS_fsync, fd); }
int fdatasync(int fd) { return broken() ? (errno = EIO, -1) : (int)syscall(SYS_fdatasync, fd); }
"""


def test_g7_a_disk_that_does_not_sync(stage, mystel, place, tmp_path):  # noqa: F811
    source, library, broken = (tmp_path / name for name in ("sync.c", "sync.so", "broken"))
    source.write_text(BROKEN_SYNC)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    store = tmp_path / "reputation.db"
    with stage(neighbours=0) as scene:
        settings = {**scene.settings, "control": {"socket": place},
                    "listeners": [{**scene.settings["listeners"][0], "bind": "127.0.0.1:0"}],
                    "backends": scene.settings["backends"][:1], "reputation": {"store": str(store)}}
        commands = Commands(mystel, place)  # noqa: F811
        prefix = ["env", f"LD_PRELOAD={library}", f"BROKEN_WHILE={broken}"]
        directory = tmp_path / "run"
        directory.mkdir()
        gateway = Gateway(mystel, directory, settings, prefix=prefix)
        try:
            assert wait_until(lambda: os.path.exists(place), 10), gateway.lines
            commands.run("bans", "add", "203.0.113.7")
            broken.touch()
            assert "not on the disk" in commands.run("bans", "add", "203.0.113.8", status=1)
            commands.run("bans", "check", "203.0.113.8", status=3)
            assert commands.json("status")["isStored"] is False
            assert [line["level"] for line in gateway.wait_loud("store of bans")] == ["error"]
            broken.unlink()
            assert wait_until(lambda: commands.json("status")["isStored"], 15), gateway.lines[-5:]
            # What is said to be there, is.
            gateway.process.kill()
            gateway.wait(10)
            again = Gateway(mystel, directory, settings, prefix=prefix)
            try:
                assert wait_until(lambda: answers(commands), 10)
                assert {ban["target"] for ban in commands.json("bans", "list")["items"]} == {
                    "203.0.113.7", "203.0.113.8"}
                again.ends_well()
            finally:
                again.close()
        finally:
            gateway.close()


def answers(commands):  # noqa: F811
    with contextlib.suppress(AssertionError):
        return commands.run("status")


def test_g11_a_list_gone_wrong_bans_nobody_and_the_good_one_holds(
        stage, place, commands, tmp_path):  # noqa: F811
    with stage(control=place) as scene:
        good = tmp_path / "list"
        good.write_text("192.0.2.1\n198.51.100.0/24\n")
        commands.run("bans", "import", good)
        wrong = {
            "everybody": "192.0.2.7\n0.0.0.0/0\n", "everybody-6": "::/0\n",
            "page": "<!DOCTYPE html><html><body>403</body></html>\n",
            "long": "".join(f"{11 + n // 65536}.{n // 256 % 256}.{n % 256}.1\n"
                            for n in range(1_000_000)),
            "large": "# " + "x" * (17 << 20) + "\n192.0.2.9\n"}
        for name, text in wrong.items():
            good.write_text(text)
            done = subprocess.run(
                [commands.mystel, "bans", "import", good, "--socket", place],
                capture_output=True, text=True, timeout=120)
            assert done.returncode != 0, name
            assert {ban["target"] for ban in commands.json("bans", "list")["items"]} == {
                "192.0.2.1", "198.51.100.0/24"}, name
        scene.duel().exchange(tera.packet(1, b"x" * 8))


class Flooder(threading.Thread):
    """Connects as fast as it can, whatever it is told."""

    def __init__(self, address, source):
        super().__init__(daemon=True)
        self.address, self.source = address, source
        self.stopped = False

    def run(self):
        while not self.stopped:
            with contextlib.suppress(OSError):
                connect(self.address, self.source).close()
            time.sleep(0.005)


def test_who_goes_on_though_refused_is_banned_with_evidence_and_players_stay(
        stage, place, commands):  # noqa: F811
    limits = {"address": {"connections_per_second": 10, "exempt": ["127.0.0.1"]}}
    with stage(control=place, limits=limits,
               reputation={"mode": "enforce", "threshold": 40}) as scene:
        player = scene.duel(source="127.66.1.1")
        let_in(player, 5)
        neighbour = scene.duel(source="127.66.1.2")
        flooder = Flooder(scene.odd, "127.66.2.1")
        flooder.start()
        try:
            assert wait_until(lambda: bans_of(scene) == {"127.66.2.1"}, 50), \
                scene.gateway.loud_lines()[-5:]
        finally:
            flooder.stopped = True
            flooder.join(5)
        ban = next(line for line in scene.gateway.loud_lines()
                   if line.get("message") == "banned")
        assert ban["reason"] in ("address_rate", "address_blocked")
        text = commands.run("explain", ban["evidence"])
        assert ban["reason"] in text and "127.66.2.1" in text, text
        assert refused(scene.odd, "127.66.2.1") and not refused(scene.odd, "127.66.2.2")
        for duel in (player, neighbour):
            duel.exchange(tera.packet(1, b"x" * 8))


def test_an_end_before_the_login_can_be_explained(stage, place, commands):  # noqa: F811
    with stage(control=place, timeouts={"keys": "1s"}, **ENFORCE) as scene:
        let_in(scene.duel(source="127.66.1.1"), 5)
        half = connect(scene.odd, "127.66.3.1")
        half.sendall(bytes(100))
        assert seconds_until_closed(half, 4) > 0.5
        broken = scene.duel(source="127.66.3.2", log_in=False)
        broken.say(b"\1\0\1\0")
        drain(broken.player, 3)
        time.sleep(1.5)  # evidence is handed over once a second
        for reason, source in (("keys_timeout", "127.66.3.1"), ("packet_too_short", "127.66.3.2")):
            line = scene.gateway.wait_end(reason)[0]
            assert re.fullmatch(r"[0-9a-z]+-[0-9a-z]+", line["evidence"]), line
            text = commands.run("explain", line["evidence"])
            assert reason in text and source in text and "odd" in text, text
        # What says nothing against a client has none.
        connect(scene.odd, "127.66.3.3").close()
        assert all("evidence" not in line for line in scene.gateway.wait_end("empty"))
        # One that a ban rests on outlives the others.
        flood(scene.odd, "127.66.3.4", 24)
        assert wait_until(lambda: "127.66.3.4" in bans_of(scene), 5)
        ban = next(line for line in scene.gateway.loud_lines()
                   if line.get("target") == "127.66.3.4")
        assert "127.66.3.4" in commands.run("explain", ban["evidence"])
