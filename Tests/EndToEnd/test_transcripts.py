"""The labelled transcripts of ../shared through a running gateway, byte for byte."""

import pytest
from transcripts import FILES, Transcript


@pytest.mark.skipif(not FILES, reason="no ../shared and no MYSTEL_SHARED")
def test_transcripts_arrive_byte_exact(stage):
    with stage() as scene:
        for file in FILES:
            Transcript.read(file).play(scene.odd, scene.odd_server)
