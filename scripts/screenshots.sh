#!/usr/bin/env bash
# Makes the pictures of the dashboard in docs/images: a demo, seen in a real browser.
#   scripts/screenshots.sh [DIRECTORY]
source "$(dirname "$0")/lib.sh"
need_python
need_browser
binary=${MYSTEL_BINARY:-$MYSTEL_BUILD}
[[ -x $binary ]] || give_up "no $binary: run scripts/build.sh first"
exec "$PYTHON" Tests/EndToEnd/screenshots.py "$binary" "${1:-docs/images}"
