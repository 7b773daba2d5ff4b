"""What relaying a packet costs the gateway in instructions: one session under callgrind.

Player and server take turns, one packet in flight, so that reads, writes and turns of the loop are as
many as packets. The same session is played twice, at two lengths; the difference of the two counts,
by the number of packets between, leaves start, handshake and end out. One row a configuration; each
is compared with the first, in which packets are deciphered and framed and nothing more.

    python3 instructions.py --binary dist/mystel [--runs 3] [--gate]

`--keep DIRECTORY` leaves callgrind's files there, for callgrind_annotate.
"""

import argparse
import dataclasses
import pathlib
import random
import re
import struct
import subprocess
import sys
import tempfile
import time

import duel
import gateway
import tera
from processes import free_port, wait_until

HERE = pathlib.Path(__file__).resolve().parent
REPOSITORY = HERE.parent.parent
# Rounds of the scene, a hundred packets each. The first hundreds warm up what is made once.
SHORT, LONG = 10, 50


@dataclasses.dataclass
class Row:
    """One configuration, and what it may cost: a ratio to the first row."""
    name: str
    profile: str
    meters: dict
    build: int = tera.BUILD
    listener: dict = dataclasses.field(default_factory=dict)
    limit: float = 0.0


# Players of the scene are as fast as the machine is, so what meters allow is far above that.
METERS_OFF = {"session": {"mode": "off"}}
METERS_ON = {"session": {"mode": "enforce", "packets_per_second": 1000000,
                         "bytes_per_second": 100000000}}
ROWS = [
    # The client's build is none that the backend lists: nothing looks into its packets.
    Row("off: frames only", "observe", METERS_OFF, build=366226,
        listener={"unknown_build": "frame-only"}),
    Row("inspection on: strict", "strict", METERS_OFF, limit=1.10),
    Row("everything on", "strict", METERS_ON, limit=1.15),
]


# The scene: a hundred packets in the shares that recorded sessions of play have. ------------------

ME, MONSTER, OTHER, DROP = (0x8000_0000_0000 + 0x1_0000 * index for index in range(1, 5))
HERE_AND_THERE = (1024.0, -2048.0, 512.0), (1088.0, -2000.0, 512.0)


def skill(number):
    # The id, and that it is a skill of a player.
    return struct.pack("<Q", number | 1 << 28)


def scene(opcodes, number):
    """[(from, packet), …], the same for each number; what a player does differs in each.

    Nothing in it is a matter of time, as play here is as fast as the machine: no lock-ons."""
    at, to = (struct.pack("<fff", x + number % 64, y, z) for x, y, z in HERE_AND_THERE)
    move, cast = struct.pack("<h", 8192), skill(10100)
    turns = iter(range(64))

    def turn():
        return struct.pack("<h", next(turns) * 64)

    def targets(ids, entry):
        body, where = b"", entry
        for index, target in enumerate(ids):
            following = where + 16 if index + 1 < len(ids) else 0
            body += struct.pack("<HHQI", where, following, target, 0)
            where = following
        return body

    def chat(channel, text):
        return struct.pack("<HI", 10, channel) + text.encode("utf-16-le") + b"\0\0"

    def use_item():
        return (struct.pack("<QiQQi", ME, 6560, 77, 0, 1) + to + at + move
                + struct.pack("<IIIB", 0, 0, 0, 1))

    client = [
        (19, "C_PLAYER_LOCATION",
         lambda: at + move * 2 + to + struct.pack("<ihBI", 0, 0, 0, 12345)),
        (7, "C_START_SKILL",
         lambda: cast + turn() + at + to + struct.pack("<BBBQB", 1, 0, 0, MONSTER, 0)),
        (3, "C_TRY_LOOT_DROPITEM", lambda: struct.pack("<Q", DROP + number)),
        (4, "C_NOTIFY_LOCATION_IN_ACTION",
         lambda: cast + struct.pack("<i", 0) + at + turn()),
        (2, "C_HIT_USER_PROJECTILE",
         lambda: struct.pack("<HHQB", 2, 29, ME, 0) + at + targets([MONSTER, OTHER], 29)),
        (2, "C_START_TARGETED_SKILL",
         lambda: struct.pack("<HH", 1, 42) + cast + at + turn() + to + targets([MONSTER], 42)),
        (1, "C_SIMPLE_TIP_REPEAT_CHECK", lambda: struct.pack("<I", 3)),
        (1, "C_CHAT", lambda: chat(0, "<FONT>Does anybody sell a feathered cloak?</FONT>")),
        (1, "C_USE_ITEM", use_item),
    ]
    action = at + move + struct.pack("<i", 10101) + cast
    server = [
        (13, "S_USER_LOCATION", bytes(43)), (12, "S_NPC_LOCATION", bytes(40)),
        (9, "S_ACTION_STAGE", struct.pack("<HHQ", 0, 0, MONSTER) + action + bytes(39)),
        (8, "S_ACTION_END", struct.pack("<Q", MONSTER) + action + bytes(8)),
        (3, "S_EACH_SKILL_RESULT", bytes(115)), (2, "S_START_USER_PROJECTILE", bytes(69)),
        (2, "S_START_COOLTIME_SKILL", cast + struct.pack("<i", 4000)),
        (2, "S_PARTY_MEMBER_CHANGE_HP", bytes(24)), (2, "S_END_USER_PROJECTILE", bytes(30)),
        (2, "S_SPAWN_NPC", npc(MONSTER + 2 + number)), (1, "S_SPAWN_USER", bytes(450)),
        (1, "S_DESPAWN_DROPITEM", struct.pack("<Q", DROP + number)), (1, "S_CHAT", bytes(100)),
    ]
    lines = [[(side, tera.packet(opcodes[name], body() if side == "client" else body))]
             for side, kinds in (("client", client), ("server", server))
             for share, name, body in kinds for _ in range(share)]
    lines.append([("server", tera.packet(opcodes["S_PING"])),
                  ("client", tera.packet(opcodes["C_PONG"]))])
    random.Random(1).shuffle(lines)
    return [line for group in lines for line in group]


def npc(identity):
    return bytes(10) + struct.pack("<Q", identity) + bytes(133)


def drop(opcodes, identity):
    return tera.packet(opcodes["S_SPAWN_DROPITEM"],
                       bytes(6) + struct.pack("<Q", identity) + bytes(61))


def entrance(opcodes):
    """What takes a player into the world."""
    return [
        ("client", tera.check_version()),
        ("client", tera.login()),
        ("server", tera.packet(19901, b"\1")),
        ("server", tera.packet(opcodes["S_LOGIN_ARBITER"], b"\1" + bytes(18))),
        ("server", tera.packet(opcodes["S_SPAWN_ME"], struct.pack("<Q", ME) + bytes(14) + b"\1\0")),
        ("server", tera.packet(opcodes["S_SPAWN_NPC"], npc(MONSTER))),
        ("server", tera.packet(opcodes["S_SPAWN_NPC"], npc(OTHER))),
    ] + [("server", drop(opcodes, DROP + number)) for number in range(LONG)]


def read_opcodes(build):
    lines = (REPOSITORY / f"Packs/tera/builds/{build}/opcodes.txt").read_text().splitlines()
    pairs = (line.split() for line in lines if line and not line.startswith("#"))
    return {name: int(number) for number, name in pairs}


def rounds_of_play(opcodes, rounds):
    return [line for number in range(rounds) for line in scene(opcodes, number)]


# Counting. ----------------------------------------------------------------------------------------

def count(binary, row, rounds, file):
    """The instructions of a whole life of the gateway that plays so many rounds of the scene."""
    opcodes = read_opcodes(tera.BUILD)
    with tempfile.TemporaryDirectory() as directory:
        server, port = duel.OddServer(), free_port()
        settings = gateway.configuration(
            [gateway.listener("public", port, "world", **row.listener)],
            [gateway.backend("world", server.address, builds=[row.build])],
            {"health_check": "10m", "keys": "60s", "first_packet": "60s"},
            limits=row.meters, inspection={"profile": row.profile})
        settings["log"]["level"] = "info"
        # The tables of a hash must not come out in another order in every process.
        prefix = ["env", "SWIFT_DETERMINISTIC_HASHING=1", "valgrind", "--tool=callgrind",
                  f"--callgrind-out-file={file}"]
        child = gateway.Gateway(binary, pathlib.Path(directory), settings, prefix, awaited=[])
        try:
            if not wait_until(lambda: gateway.is_listening(port), 120, 0.05):
                raise SystemExit(f"the gateway did not start: {child.lines[-20:]}")
            # The one health check there is must not be taken for the player.
            duel.drain(server.accept(60), 60)
            play(("127.0.0.1", port), server, entrance(opcodes), rounds_of_play(opcodes, rounds))
            status = child.terminate(120)
        finally:
            child.close()
            server.close()
    summary = child.summary()
    if status != 0 or summary["dropped"] or summary["rewritten"]:
        raise SystemExit(f"status {status}, not relayed unchanged: {summary}")
    if summary["rules"]:
        raise SystemExit(f"the scene breaks rules, which is no ordinary play: {summary['rules']}")
    return int(re.search(r"^(?:totals|summary): (\d+)", file.read_text(), re.M).group(1))


def play(address, server, *parts):
    with duel.Duel(address, server, log_in=False) as session:
        for lines in parts:
            for side, packet in lines:
                (session.exchange if side == "client" else session.answer)(packet)
            # What was shown is looked at before it is picked up.
            time.sleep(1)
        # In good order, so that nothing is left to chance at the end.
        session.player.shutdown(1)
        session.server_hears_end()
        session.server.shutdown(1)
        session.player_hears_end()


def both_lengths(binary, row, keep, run):
    """The counts of a short and a long life."""
    return [count(binary, row, rounds, keep / f"{ROWS.index(row)}-{rounds}-{run}.callgrind")
            for rounds in (SHORT, LONG)]


def per_packet(counts):
    return (counts[1] - counts[0]) / (100 * (LONG - SHORT))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--gate", action="store_true")
    options = parser.parse_args()
    duel.TIMEOUT = 60.0
    assert len(scene(read_opcodes(tera.BUILD), 0)) == 100
    with tempfile.TemporaryDirectory() as directory:
        cipher = pathlib.Path(directory) / "cipher.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", cipher,
                        HERE.parent / "Peers/cipher.c"], check=True)
        tera.load_cipher(cipher)
        keep = options.keep or pathlib.Path(directory)
        keep.mkdir(parents=True, exist_ok=True)
        # In turns, so that a slower hour of the machine touches all rows.
        found = [[both_lengths(options.binary, row, keep, run) for row in ROWS]
                 for run in range(options.runs)]
    return report(found, options.gate)


def report(found, gate):
    """`found`: for each run, for each row, both counts. Timers run by the clock, and so make counts
    larger the slower the machine is, and never smaller: of each length the least count is taken."""
    columns = list(zip(*found))
    best = [per_packet([min(counts) for counts in zip(*column)]) for column in columns]
    print(f"{'instructions per relayed packet':<32}{'best':>9}{'least':>9}{'most':>9}{'ratio':>8}")
    failed = False
    for row, column, value in zip(ROWS, columns, best):
        values = [per_packet(counts) for counts in column]
        ratio = value / best[0]
        verdict = "" if not row.limit else f"  {'ok' if ratio <= row.limit else 'FAIL'}, limit " \
                                           f"{row.limit:.2f}"
        failed |= bool(row.limit) and ratio > row.limit
        print(f"{row.name:<32}{value:>9.0f}{min(values):>9.0f}{max(values):>9.0f}{ratio:>8.3f}"
              f"{verdict}")
    return 1 if gate and failed else 0


if __name__ == "__main__":
    sys.exit(main())
