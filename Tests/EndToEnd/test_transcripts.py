"""The labelled transcripts of ../shared through a running gateway, byte for byte."""

import itertools
import json
import threading

import pytest
import tera
from duel import Duel
from reference import shared_directory

TRANSCRIPTS = sorted((shared_directory() / "tera/sessions").glob("*.jsonl")) \
    if shared_directory() else []


@pytest.mark.skipif(not TRANSCRIPTS, reason="no ../shared and no MYSTEL_SHARED")
def test_transcripts_arrive_byte_exact(stage):
    with stage() as scene:
        for file in TRANSCRIPTS:
            replay(scene, file)


def replay(scene, file):
    lines = file.read_text().splitlines()
    head, frames = json.loads(lines[0]), [json.loads(line) for line in lines[1:]]
    keys = tera.Keys(**{name: bytes.fromhex(key) for name, key in head["keys"].items()})
    with Duel(scene.odd, scene.odd_server, keys=keys, log_in=False) as duel:
        for side, run in itertools.groupby(frames, lambda frame: frame["from"]):
            say, hear = (duel.say, duel.server_hears) if side == "client" \
                else (duel.tell, duel.player_hears)
            plain = b"".join(bytes.fromhex(frame["frame"]) for frame in run)
            sender = threading.Thread(target=say, args=(plain,)) if len(plain) > 65536 else None
            sender.start() if sender else say(plain)
            assert hear(len(plain)) == plain, f"{file.name}: {side} frames"
            sender and sender.join()
        duel.player.shutdown(1)
        assert duel.server_hears_end() == b"", file.name
        duel.server.close()
        assert duel.player_hears_end() == b"", file.name
