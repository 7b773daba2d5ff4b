"""Which engine carries sessions, and what becomes of one that cannot run."""

import contextlib
import pathlib
import subprocess
import sys

import pytest

from gateway import Gateway, backend, configuration, has_ring, listener, to_yaml
from processes import GameServer, Players, assert_same_bytes, free_port, wait_until

WITHOUT_RING = [sys.executable, str(pathlib.Path(__file__).parent / "without_ring.py")]


def settings_for(engine, world, port, **more):
    return configuration([listener("public", port, "world")], [backend("world", world)],
                         engine=engine, **more)


def started(gateway):
    return gateway.wait_loud("started")[0]


@pytest.mark.parametrize("engine", ["ring", "nio"])
def test_players_play_on_either_engine_and_it_says_which(terapeer, mystel, tmp_path, engine):
    if engine == "ring" and not has_ring():
        pytest.skip("no io_uring here")
    with contextlib.ExitStack() as stack:
        world = stack.enter_context(contextlib.closing(GameServer(terapeer)))
        port = free_port()
        gateway = stack.enter_context(contextlib.closing(
            Gateway(mystel, tmp_path, settings_for(engine, world.address, port))))
        assert started(gateway)["engine"] == engine
        players = Players(terapeer, ("127.0.0.1", port), sessions=4)
        stack.callback(players.close)
        world.wait_for(event="login", count=4)
        played = players.finish_well()
        gateway.ends_well()
        assert_same_bytes(played, world.finish_well())


def test_a_ring_that_is_forbidden_is_a_start_error_with_a_remedy(mystel, tmp_path):
    file = tmp_path / "mystel.yaml"
    file.write_text(to_yaml(settings_for("ring", ("127.0.0.1", 1), free_port())))
    done = subprocess.run([*WITHOUT_RING, mystel, "run", "--config", file], timeout=20,
                          capture_output=True, text=True)
    assert done.returncode == 71
    assert "engine: ring cannot run: io_uring: Operation not permitted" in done.stderr
    assert "kernel.io_uring_disabled" in done.stderr and "set engine: auto" in done.stderr


@pytest.mark.parametrize("engine", ["auto", "nio"])
def test_no_other_engine_asks_for_a_ring(mystel, tmp_path, engine):
    port = free_port()
    gateway = Gateway(mystel, tmp_path, settings_for(engine, ("127.0.0.1", 1), port),
                      prefix=WITHOUT_RING)
    with contextlib.closing(gateway):
        assert started(gateway)["engine"] == "nio"
        gateway.ends_well()


def test_another_engine_takes_effect_at_the_next_start(mystel, tmp_path):
    port = free_port()
    gateway = Gateway(mystel, tmp_path, settings_for("nio", ("127.0.0.1", 1), port), awaited=[])
    with contextlib.closing(gateway):
        started(gateway)
        gateway.write(settings_for("ring", ("127.0.0.1", 1), port))
        gateway.reload()
        gateway.wait_loud("engine: another one takes effect at the next start")
        assert wait_until(gateway.alive, 1)
        gateway.ends_well()
