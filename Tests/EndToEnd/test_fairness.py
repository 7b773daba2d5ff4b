"""Honest players beside a cheater behind the same address: live sessions, the balanced profile."""

import contextlib
import heapq
import itertools
import json
import random
import struct
import threading
import time

import pytest
from duel import Duel, end_sending, receive_exactly
from reference import shared_directory
from test_control import commands, place  # noqa: F401 (fixtures)
from test_reputation import ACCOUNT_INFO

SESSIONS = shared_directory() / "tera/sessions" if shared_directory() else None
SHARED_LINE = "127.64.0.1"
PLAYERS = 64
SECONDS = 20  # of play, at its own pace
CHEATER = 9999

pytestmark = pytest.mark.skipif(SESSIONS is None, reason="no ../shared and no MYSTEL_SHARED")


def frames_of(name, account):
    """What both sides of a recorded session say, as (seconds, side, bytes), with another account."""
    lines = next(SESSIONS.glob(name)).read_text().splitlines()[1:]
    for frame in map(json.loads, lines):
        data = bytearray.fromhex(frame["frame"])
        if frame["from"] == "server" and struct.unpack_from("<H", data, 2) == (ACCOUNT_INFO,):
            struct.pack_into("<Q", data, 6, account)
        yield frame["t"] / 1000, frame["from"], bytes(data)


class Player:
    """A player and the server's side of his session, who say what was recorded, when it was."""

    def __init__(self, scene, name, account, until=float("inf")):
        self.account = account
        self.duel = scene.keep(Duel(
            scene.odd, scene.odd_server, seed=account, source=SHARED_LINE, log_in=False))
        frames = [frame for frame in frames_of(name, account) if frame[0] <= until]
        assert any(side == "server" and data[2:4] == struct.pack("<H", ACCOUNT_INFO)
                   for _, side, data in frames)
        # What one side says within a tenth of a second.
        self.turns = []
        for (_, side), run in itertools.groupby(
                frames, lambda frame: (int(frame[0] * 10), frame[1])):
            run = list(run)
            self.turns.append((run[0][0], side, b"".join(data for _, _, data in run)))
        self.exchanged = 0

    def say(self, side, data):
        """Every byte has to arrive, and none else."""
        say, hear = (self.duel.say, self.duel.server_hears) if side == "client" \
            else (self.duel.tell, self.duel.player_hears)
        say(data)
        assert hear(len(data)) == data, f"account {self.account}, {side}"
        self.exchanged += len(data)

    def leave(self):
        end_sending(self.duel.player)
        assert self.duel.server_hears_end() == b""
        self.duel.server.close()
        assert self.duel.player_hears_end() == b""


def play(players):
    """Everybody at once, each at the pace of his recording."""
    start = time.monotonic()
    spread = random.Random(3)
    due = []
    for place, player in enumerate(players):  # noqa: F402
        late = spread.random()
        heapq.heappush(due, (late, place, 0, late))
    while due:
        at, place, turn, late = heapq.heappop(due)
        time.sleep(max(0, start + at - time.monotonic()))
        player = players[place]
        player.say(*player.turns[turn][1:])
        if turn + 1 < len(player.turns):
            heapq.heappush(due, (player.turns[turn + 1][0] + late, place, turn + 1, late))


class Cheater(threading.Thread):
    """Comes back again and again, with one tool or the other, until he is not let in any more: an
    account is banned for two things that have nothing to do with one another."""

    def __init__(self, scene):
        super().__init__(daemon=True)
        self.scene, self.rounds, self.sent, self.heard = scene, 0, 0, 0
        self.is_out = False

    def run(self):
        while self.rounds < 10 and not self.is_out:
            self.rounds += 1
            with contextlib.suppress(OSError):
                tool = ("tool-03-*.jsonl", "tool-17-*.jsonl")[self.rounds % 2]
                player = Player(self.scene, tool, CHEATER)
                self.cheat(player)
                player.duel.close()

    def cheat(self, player):
        """One session, in a hurry, until the gateway ends it."""
        for number, (_, side, data) in enumerate(player.turns):
            duel = player.duel
            if side == "client":
                self.sent += len(data)
                duel.say(data)
                duel.server.settimeout(0.2)
                with contextlib.suppress(TimeoutError):
                    if not duel.server_hears(len(data)):
                        return
            else:
                duel.tell(data)
                if not receive_exactly(duel.player, len(data)):
                    # Before anything of the game: at the login.
                    self.is_out = number < 20
                    return


def test_64_players_behind_one_address_play_on_while_one_of_them_cheats(
        stage, place, commands):  # noqa: F811
    limits = {"address": {"connections_per_second": 50, "logins_per_second": 50}}
    with stage(control=place, neighbours=0, limits=limits, reputation={"mode": "enforce"},
               inspection={"profile": "balanced"}) as scene:
        names = sorted(file.name for file in SESSIONS.glob("honest-*.jsonl"))
        honest = [Player(scene, names[number % len(names)], 1000 + number, until=SECONDS)
                  for number in range(PLAYERS)]
        cheater = Cheater(scene)
        threading.Timer(5, cheater.start).start()
        play(honest)
        cheater.join(30)
        # He was told by name, lost his sessions, and then his account.
        ends = scene.gateway.wait_end("score_exceeded")
        told = [line for line in ends if "evidence" in line and "rule" in line]
        assert told and {line.get("account") for line in told} == {CHEATER}
        assert commands.run("explain", told[0]["evidence"]).startswith("evidence")
        assert [ban["target"] for ban in commands.json("bans", "list")["items"]] == [
            f"account:{CHEATER}"]
        assert cheater.is_out, (cheater.rounds, scene.gateway.ends()[-5:])
        # The others have lost nothing, and are there.
        shown = commands.json("sessions", "list", "--listener", "odd", "--limit", 200)["items"]
        assert sorted(entry["account"] for entry in shown) == [
            1000 + number for number in range(PLAYERS)]
        assert all(player.exchanged > 1000 for player in honest)
        # Who comes anew from there, is let in.
        assert "is not banned" in commands.run("bans", "check", SHARED_LINE)
        late = [Player(scene, names[number], 2000 + number, until=3) for number in range(3)]
        play(late)
        for player in honest + late:
            player.leave()
    summary = scene.gateway.summary()["closes"]
    assert int(summary["client_closed"]) >= PLAYERS + 3
    assert set(summary) <= {"client_closed", "score_exceeded", "opcode_wrong_direction", "banned",
                            "health_probe", "empty",
                            "client_reset", "backend_closed", "backend_reset"}, summary
