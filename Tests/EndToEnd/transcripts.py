"""Transcripts of whole sessions, and how they are played through a gateway."""

import itertools
import json
import random as randoms
import threading
from dataclasses import dataclass

import tera
from duel import Duel
from reference import shared_directory

FILES = sorted((shared_directory() / "tera/sessions").glob("*.jsonl")) \
    if shared_directory() else []


@dataclass
class Transcript:
    """What both sides said: (side, bytes of one or more frames, in clear), by turns."""

    name: str
    keys: tera.Keys
    runs: list

    @classmethod
    def read(cls, file):
        lines = file.read_text().splitlines()
        head, frames = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
        return cls(
            file.name, tera.Keys(**{name: bytes.fromhex(key) for name, key in head["keys"].items()}),
            [(side, b"".join(bytes.fromhex(frame["frame"]) for frame in run))
             for side, run in itertools.groupby(frames, lambda frame: frame["from"])])

    @classmethod
    def made_up(cls, seed, turns=80):
        """Stands in for a recording: a login, its burst, and then talk by turns."""
        random = randoms.Random(seed)
        runs = [("client", tera.check_version() + tera.login()),
                ("server", tera.packet(19901, b"\1") + tera.random_packets(random, 120, 2000))]
        for _ in range(turns):
            runs.append(("client", tera.random_packets(random, random.randrange(1, 6), 90)))
            runs.append(("server", tera.random_packets(random, random.randrange(1, 12), 900)))
        return cls(f"made up {seed}", tera.random_keys(random), runs)

    def play(self, address, server, timeout=5):
        """Through the gateway at `address` to `server`, every byte compared, ends included."""
        with Duel(address, server, keys=self.keys, log_in=False) as duel:
            duel.player.settimeout(timeout)
            duel.server.settimeout(timeout)
            for side, plain in self.runs:
                say, hear = (duel.say, duel.server_hears) if side == "client" \
                    else (duel.tell, duel.player_hears)
                sender = threading.Thread(target=say, args=(plain,)) if len(plain) > 65536 else None
                sender.start() if sender else say(plain)
                assert hear(len(plain)) == plain, f"{self.name}: {side} frames"
                sender and sender.join()
            duel.player.shutdown(1)
            assert duel.server_hears_end() == b"", self.name
            duel.server.close()
            assert duel.player_hears_end() == b"", self.name


def honest():
    """The recordings of honest players; made up where there are none."""
    files = [file for file in FILES if file.name.startswith("honest")]
    return [Transcript.read(file) for file in files] or [
        Transcript.made_up(seed) for seed in (1, 2)]
