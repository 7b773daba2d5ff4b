"""A real HAProxy before and behind the gateway; the player's address arrives at the far end."""

import contextlib
import shutil
import subprocess

import pytest
import tera
from duel import OddServer, connect, receive_exactly
from gateway import Gateway, backend, configuration, is_listening, listener
from processes import GameServer, Players, assert_same_bytes, free_port, wait_until

pytestmark = pytest.mark.skipif(
    shutil.which("haproxy") is None, reason="no haproxy: apt-get install haproxy")


class Balancer:
    """HAProxy in TCP mode: one listener, one server."""

    def __init__(self, directory, server, bind_options="", server_options="", extra=""):
        self.address = ("127.0.0.1", free_port())
        file = directory / "haproxy.cfg"
        file.write_text(f"""
global
  maxconn 2000
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen game
  bind 127.0.0.1:{self.address[1]} {bind_options}
{extra}
  server one {server[0]}:{server[1]} {server_options}
""")
        self.process = subprocess.Popen(
            ["haproxy", "-db", "-f", str(file)], stderr=subprocess.PIPE, text=True)
        if not wait_until(lambda: is_listening(self.address[1]), 5):
            self.process.kill()
            raise AssertionError(self.process.stderr.read())

    def close(self):
        self.process.kill()
        self.process.wait(10)
        self.process.stderr.close()


@contextlib.contextmanager
def kept():
    """Yields a function that takes processes, and ends them all at last."""
    with contextlib.ExitStack() as resources:
        yield lambda process: resources.enter_context(contextlib.closing(process))


def play(terapeer, address, server, keep, *options, sessions=8):
    """Players from addresses of their own; returns {seed: source address} of each end."""
    players = keep(Players(
        terapeer, address, "--source", "127.20.0.1", *options, sessions=sessions))
    server.wait_for(event="login", count=sessions)
    assert_same_bytes(players.finish_well(), server.finish_well())
    sent = {line["seed"]: line["source"] for line in players.matching(event="session")}
    seen = {line["seed"]: line["proxied"] for line in server.matching(event="login")}
    assert len(sent) == sessions
    return sent, seen


FRONTS = {
    "send-proxy": ("v1", "send-proxy", ""),
    "send-proxy-v2": ("v2", "send-proxy-v2", ""),
    "crc32c-and-unique-id": (
        "v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id",
        "  unique-id-format %{+X}o\\ %ci:%cp_%fi:%fp_%Ts_%rt:%pid"),
    "any": ("any", "send-proxy-v2", ""),
}


def test_players_through_haproxy_alone(terapeer, tmp_path):
    """The peers and HAProxy without a gateway: what the other tests build on."""
    with kept() as keep:
        server = keep(GameServer(terapeer, "--proxy", "v2"))
        balancer = keep(Balancer(tmp_path, server.address, server_options="send-proxy-v2"))
        sent, seen = play(terapeer, balancer.address, server, keep)
        assert sent == seen


def test_haproxy_does_send_checksum_and_unique_id(tmp_path):
    """Else the case of that name would show nothing."""
    _, server_options, extra = FRONTS["crc32c-and-unique-id"]
    with kept() as keep:
        server = keep(OddServer())
        balancer = keep(Balancer(
            tmp_path, server.address, server_options=server_options, extra=extra))
        with connect(balancer.address):
            header = receive_exactly(server.accept(), 16)
            header += receive_exactly(server.kept[0], int.from_bytes(header[14:], "big"))
        found, at = {}, 16 + 12
        while at < len(header):
            size = int.from_bytes(header[at + 1:at + 3], "big")
            found[header[at]] = (at + 3, header[at + 3:at + 3 + size])
            at += 3 + size
        assert found[5][1], "no unique id"
        place, checksum = found[3]
        blank = header[:place] + bytes(4) + header[place + 4:]
        assert int.from_bytes(checksum, "big") == tera.crc32c(blank)


@pytest.mark.parametrize("front", FRONTS)
@pytest.mark.parametrize("onward", ["v1", "v2"])
def test_haproxy_in_front(terapeer, mystel, tmp_path, front, onward):
    accept, server_options, extra = FRONTS[front]
    with kept() as keep:
        server = keep(GameServer(terapeer, "--proxy", onward))
        port = free_port()
        gateway = keep(Gateway(mystel, tmp_path, configuration(
            [listener("public", port, "world", accept, ["127.0.0.1/32"])],
            [backend("world", server.address, proxy_protocol=onward)])))
        gateway.note_baseline()
        balancer = keep(Balancer(
            tmp_path, ("127.0.0.1", port), server_options=server_options, extra=extra))
        sent, seen = play(terapeer, balancer.address, server, keep)
        assert sent == seen
        gateway.returns_to_baseline()
        gateway.ends_well()


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_haproxy_behind(terapeer, mystel, tmp_path, version):
    with kept() as keep:
        server = keep(GameServer(terapeer, "--proxy", "v1"))
        balancer = keep(Balancer(
            tmp_path, server.address, bind_options="accept-proxy", server_options="send-proxy"))
        port = free_port()
        gateway = keep(Gateway(mystel, tmp_path, configuration(
            [listener("public", port, "world")],
            [backend("world", balancer.address, proxy_protocol=version)])))
        gateway.note_baseline()
        sent, seen = play(terapeer, ("127.0.0.1", port), server, keep)
        assert sent == seen
        gateway.returns_to_baseline()
        gateway.ends_well()


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_health_checks_are_read_as_such(terapeer, mystel, tmp_path, version):
    with kept() as keep:
        server = keep(GameServer(terapeer, "--proxy", version))
        gateway = keep(Gateway(mystel, tmp_path, configuration(
            [listener("public", free_port(), "world")],
            [backend("world", server.address, proxy_protocol=version)],
            {"health_check": "300ms"})))
        if version == "v2":
            server.wait_for(event="proxied", source="local", count=2, timeout=5)
        else:  # version 1 has no LOCAL: the check names its own ends
            checks = server.wait_for(event="proxied", count=2, timeout=5)
            assert all(line["source"].startswith("127.0.0.1:") for line in checks)
        assert not server.matching(outcome="proxy_invalid")
        gateway.ends_well()
