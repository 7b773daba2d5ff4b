"""`mystel inspect` on what tcpdump hears of a session through the gateway."""

import contextlib
import json
import shutil
import signal
import subprocess
import time

import pytest
import tera
from processes import wait_until

SERVER_TIME = 46245


@contextlib.contextmanager
def tcpdump(file, ports, *options):
    """Captures on loopback what has to do with the ports."""
    if shutil.which("tcpdump") is None:
        pytest.skip("no tcpdump: apt-get install tcpdump")
    wanted = " or ".join(f"tcp port {port}" for port in ports)
    child = subprocess.Popen(
        ["tcpdump", "-i", "lo", "-U", "--immediate-mode", "-s", "0", "-w", file, *options, wanted],
        stderr=subprocess.PIPE)
    try:
        first = child.stderr.readline().decode()
        if "listening" not in first and child.poll() is not None:
            pytest.skip(f"tcpdump may not capture here: {first}")
        yield child
        # What the kernel has handed over is written within a moment of the last packet.
        sizes = []
        wait_until(lambda: sizes.append(file.stat().st_size) or len(sizes) > 5
                   and len(set(sizes[-5:])) == 1, 5, 0.1)
    finally:
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=10)


def inspect(mystel, *arguments):
    return subprocess.run([mystel, "inspect", *map(str, arguments)], text=True,
                          capture_output=True, timeout=60)


def objects(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_captured_session_is_printed_packet_by_packet(stage, mystel, tmp_path):
    file = tmp_path / "session.pcap"
    with stage(neighbours=0) as scene:
        ports = scene.odd[1], scene.odd_server.address[1]
        with tcpdump(file, ports):
            duel = scene.duel(header=b"", log_in=True)
            client = "%s:%d" % duel.player.getsockname()
            for number in range(50):
                duel.exchange(chat(f"line {number}"))
                duel.answer(tera.packet(SERVER_TIME, bytes(8)))
            big = tera.packet(SERVER_TIME, bytes(range(256)) * 200)
            duel.answer(big)
            duel.close()
            time.sleep(0.2)
    result = inspect(mystel, "--json", "--hex", file)
    assert result.returncode == 0, result.stderr
    found = objects(result)
    # The player's side of the gateway and the server's carry the same packets.
    sessions = {packet["session"] for packet in found}
    assert len(sessions) == 2
    for session in sessions:
        packets = [packet for packet in found if packet["session"] == session]
        assert [packet["name"] for packet in packets[:3]] == [
            "C_CHECK_VERSION", "C_LOGIN_ARBITER", "S_CHECK_VERSION"]
        texts = [packet["fields"]["message"] for packet in packets if packet["name"] == "C_CHAT"]
        assert texts == [f"line {number}" for number in range(50)]
        assert packets[-1]["hex"] == big.hex()
        times = [packet["milliseconds"] for packet in packets]
        assert times == sorted(times) and 0 < times[-1] < 60_000
        login = packets[1]
        assert login["fields"]["ticket"] == "left out" and "hex" not in login

    lines = inspect(mystel, "--client", client, "--only", "C_CHAT", file).stdout.splitlines()
    assert lines[0] == f"{client} -> 127.0.0.1:{ports[0]}: build 367081"
    assert len(lines) == 51 and 'C_CHAT' in lines[1] and '"line 0"' in lines[1]


def test_frames_cut_short_are_named_as_the_cause(stage, mystel, tmp_path):
    file = tmp_path / "cut.pcap"
    with stage(neighbours=0) as scene:
        with tcpdump(file, [scene.odd[1]], "-s", "100"):
            duel = scene.duel()
            duel.close()
            time.sleep(0.2)
    result = inspect(mystel, file)
    assert result.returncode == 65
    assert "capture whole ones (tcpdump -s 0)" in result.stderr


def test_what_is_no_session_is_told_with_what_was_seen(mystel, tmp_path):
    file = tmp_path / "none"
    file.write_bytes(bytes.fromhex("d4c3b2a1020004000000000000000000ffff000001000000"))
    result = inspect(mystel, file)
    assert result.returncode == 65
    assert "no session of TERA in 0 frames" in result.stderr
    file.write_bytes(file.read_bytes() + b"\0\0\0")
    result = inspect(mystel, file)
    assert result.returncode == 65
    assert result.stderr == f"{file}: byte 24, frame 1: the file ends inside a frame's header\n"
    assert inspect(mystel, tmp_path / "nowhere").returncode == 66


def chat(text):
    # The message's place, the channel, the message.
    return tera.packet(49692, b"\x0a\0" + bytes(4) + text.encode("utf-16-le") + b"\0\0")
