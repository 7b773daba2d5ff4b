"""The scene and the gate of instructions.py; callgrind itself is left to scripts/callgrind.sh."""

import subprocess

import instructions
import pytest
import tera


def test_the_scene_is_a_hundred_whole_packets_the_same_every_time():
    opcodes = instructions.read_opcodes(tera.BUILD)
    lines = instructions.scene(opcodes, 7)
    assert lines == instructions.scene(opcodes, 7) != instructions.scene(opcodes, 8)
    assert len(lines) == 100
    assert sum(side == "client" for side, _ in lines) == 41
    for side, packet in lines:
        assert int.from_bytes(packet[:2], "little") == len(packet) >= 4
    # The lengths that genuine ones have.
    lengths = {name: {len(packet) for _, packet in lines
                      if int.from_bytes(packet[2:4], "little") == opcodes[name]}
               for name in ("C_PLAYER_LOCATION", "C_START_SKILL", "C_TRY_LOOT_DROPITEM",
                            "C_NOTIFY_LOCATION_IN_ACTION", "C_USE_ITEM")}
    assert list(lengths.values()) == [{43}, {50}, {12}, {30}, {75}]


def test_the_gate_fails_above_a_limit_and_only_with_the_gate(capsys):
    limits = [row.limit for row in instructions.ROWS]
    assert limits[0] == 0 and all(limits[1:])
    good = [[lives(1000), *(lives(999 * limit) for limit in limits[1:])]] * 3
    bad = [[lives(1000), *(lives(999 * limit) for limit in limits[1:-1]),
            lives(1002 * limits[-1])]] * 3
    assert instructions.report(good, gate=True) == 0
    assert instructions.report(bad, gate=False) == 0
    assert instructions.report(bad, gate=True) == 1
    assert "FAIL, limit" in capsys.readouterr().out


def lives(per_packet):
    """The counts of a short and a long life in which a packet costs so much."""
    packets = 100 * instructions.SHORT, 100 * instructions.LONG
    return [800_000_000 + count * per_packet for count in packets]


def test_what_a_slow_machine_adds_to_one_run_does_not_count(capsys):
    slow = [[counts[0], counts[1] + 1_000_000] for counts in [lives(1000)] * 3]
    instructions.report([[lives(1000)] * 3, slow], gate=True)
    assert all(line.split()[-1] == "1.000" or " 1.000  ok" in line
               for line in capsys.readouterr().out.splitlines()[1:])


@pytest.mark.parametrize("scenario, result", [
    ("handshake", "units 1: 0 packets, 0 left out, 512 bytes sent on"),
    ("mixed", "units 1000: 1000 packets, 0 left out"),
    ("drop", "units 1000: 1008 packets, 8 left out"),
    ("deny", "units 1000: 500 denied")])
def test_steps_are_the_same_work_each_time(mystel, scenario, result):
    for rounds in ("1", "3"):
        done = subprocess.run([mystel, "bench", "steps", scenario, "--rounds", rounds],
                              check=True, capture_output=True, text=True)
        assert done.stdout.startswith(result)
