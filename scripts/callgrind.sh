#!/usr/bin/env bash
# Counts the instructions of fixed pieces of work, and of one relayed packet with inspection off, on, and
# with everything on, and fails where one is above its limit. Needs the static binary of scripts/release.sh.
#   scripts/callgrind.sh                          two runs
#   scripts/callgrind.sh --runs 5 --keep DIRECTORY  more, and callgrind's files for callgrind_annotate
source "$(dirname "$0")/lib.sh"
need gcc valgrind python3
[[ -x dist/mystel ]] || give_up "no dist/mystel: run scripts/release.sh first"
python3 Tests/EndToEnd/steps.py --binary dist/mystel --gate
exec python3 Tests/EndToEnd/instructions.py --binary dist/mystel --gate --runs 2 "$@"
