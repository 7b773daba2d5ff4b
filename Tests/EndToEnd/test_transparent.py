"""`source_address: transparent`: a closed server sees the player's own address."""

import contextlib
import time

import pytest
from gateway import Gateway, backend, configuration, listener
from namespaces import ip
from processes import GameServer, Players, assert_same_bytes, wait_until


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
        assert wait_until(lambda: spaces.gateway_listens(gateway), 10), gateway.lines
        gateway.note_baseline()
        players = keep(Players(
            terapeer, ("10.71.1.1", 7801), sessions=5, prefix=spaces.inside(spaces.player)))
        server.wait_for(event="login", count=5)
        yield server, gateway, players


@pytest.mark.parametrize("mode, seen", [("transparent", "10.71.1.2"), ("proxy", "10.71.2.1")])
def test_address_that_the_server_sees(terapeer, mystel, tmp_path, namespaces, mode, seen):
    with cast(terapeer, mystel, tmp_path, namespaces, mode) as (server, gateway, players):
        assert_same_bytes(players.finish_well(), server.finish_well())
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
