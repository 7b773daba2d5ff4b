"""Builds the peers, finds the gateway, and sets the stage on which a test misbehaves.

MYSTEL_BINARY names the gateway (default .build/release/mystel), MYSTEL_SHARED the reference
material (default ../shared beside the repository), MYSTEL_LONG_SECONDS the length of the long run,
MYSTEL_ENGINE the engine that gateways run on (ring or nio; default: what they choose).
"""

import contextlib
import functools
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import tera  # noqa: E402
from duel import Duel, OddServer  # noqa: E402
from gateway import ENGINE, Gateway, backend, configuration, has_ring, listener  # noqa: E402
from namespaces import Namespaces  # noqa: E402
from processes import GameServer, Players, assert_same_bytes, free_port  # noqa: E402
from reference import REPOSITORY, shared_directory  # noqa: E402

PEERS = HERE.parent / "Peers"


def pytest_configure(config):
    config.addinivalue_line("markers", "long: minutes of load; run with -m long")


def pytest_collection_modifyitems(config, items):
    if ENGINE == "ring" and not has_ring():
        for item in items:
            item.add_marker(pytest.mark.skip(reason="no io_uring here"))
    if "long" in config.getoption("-m"):
        return
    kept = [item for item in items if not item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.fixture(scope="session")
def terapeer(tmp_path_factory):
    """The peers' program, compiled; loads their cipher too."""
    directory = tmp_path_factory.mktemp("peers")
    flags = ["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror"]
    sources = sorted(PEERS.glob("*.c"))
    subprocess.run([*flags, "-o", directory / "terapeer", *sources], check=True)
    subprocess.run(
        [*flags, "-shared", "-fPIC", "-o", directory / "cipher.so", PEERS / "cipher.c"], check=True)
    tera.load_cipher(directory / "cipher.so")
    return directory / "terapeer"


@pytest.fixture(scope="session")
def mystel():
    binary = pathlib.Path(os.environ.get("MYSTEL_BINARY", REPOSITORY / ".build/release/mystel"))
    if not binary.exists():
        pytest.fail(f"no gateway at {binary}: build it, or set MYSTEL_BINARY", pytrace=False)
    return binary


@pytest.fixture(scope="session")
def shared():
    return shared_directory() or pytest.skip("no ../shared and no MYSTEL_SHARED")


class Stage:
    """A gateway with two listeners: `public`, where neighbours play on a real game server all the
    while, and `odd`, whose server the test plays itself. Leaving the stage checks what must hold
    after every fault: the gateway lives, no neighbour lost a byte, descriptors are back."""

    def __init__(self, terapeer, mystel, directory, timeouts=None, limits=None, accept=None,
                 trusted=("127.0.0.0/8",), odd_backend=None, odd_address=None, odd_game="tera",
                 neighbours=6, control="off", odd_listener=None, **more):
        # `accept`, `trusted` and `odd_...` concern the odd side only.
        self.terapeer = terapeer
        self.running = []
        self.neighbours = None
        try:
            self.world = self.keep(GameServer(terapeer))
            self.odd_server = self.keep(OddServer())
            ports = free_port(), free_port()
            self.public, self.odd = (("127.0.0.1", port) for port in ports)
            self.settings = configuration(
                [listener("public", ports[0], "world"),
                 listener("odd", ports[1], "odd", accept, trusted, game=odd_game,
                          **(odd_listener or {}))],
                [backend("world", self.world.address),
                 backend("odd", odd_address or self.odd_server.address, **(odd_backend or {}))],
                timeouts, limits, control=control, **more)
            awaited = None if odd_address is None else ["public"]
            self.gateway = self.keep(Gateway(mystel, directory, self.settings, awaited=awaited))
            self.gateway.note_baseline()
            if odd_address is None:
                self.odd_server.skip_probes()
            if neighbours:
                self.neighbours = self.keep(Players(terapeer, self.public, sessions=neighbours))
                self.world.wait_for(event="login", count=neighbours)
        except BaseException:
            self.clear()
            raise

    def keep(self, process):
        """Ends it with the stage."""
        self.running.append(process)
        return process

    def duel(self, **options):
        """A session on the odd side, both ends in the test's hands."""
        return self.keep(Duel(self.odd, self.odd_server, **options))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.check()
        finally:
            self.clear()

    def check(self):
        for process in self.running:
            if isinstance(process, Duel):
                process.close()
        self.odd_server.forget()
        players = self.neighbours.finish_well() if self.neighbours else None
        self.gateway.returns_to_baseline()
        self.gateway.ends_well()
        if players:
            assert_same_bytes(players, self.world.finish_well())

    def clear(self):
        for process in reversed(self.running):
            process.close()


@pytest.fixture
def stage(terapeer, mystel, tmp_path):
    """Makes a stage, to be used with `with`."""
    return functools.partial(Stage, terapeer, mystel, tmp_path)


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
