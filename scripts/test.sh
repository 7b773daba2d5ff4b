#!/usr/bin/env bash
# Every test but the long ones: installs what they need, builds once, runs all suites, and ends
# with one line, `N passed, N failed`. Exit status 0 only if nothing failed.
source "$(dirname "$0")/lib.sh"

results=.build/results
passed=0
failed=0

# Counts one check that is a command: it passes if the command succeeds.
check() {
  local name=$1
  shift
  echo "== $name"
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "FAILED: $name"
  fi
}

# Runs a suite and adds its JUnit file to the sum.
suite() {
  local name=$1 file=$2 status=0 good bad
  shift 2
  echo "== $name"
  rm -f "$file"
  "$@" || status=$?
  read -r good bad < <(count_results "$file")
  # A suite that fails without naming a test has died, or found nothing to run.
  if ((status != 0 && bad == 0)) || ((good + bad == 0)); then bad=1; fi
  passed=$((passed + good))
  failed=$((failed + bad))
}

finish() {
  echo "$passed passed, $failed failed"
  exit $((failed > 0))
}

need_swift
need gcc haproxy nginx libnginx-mod-stream iproute2 mandoc tcpdump prometheus fail2ban
need_browser
need_python
need_schemathesis
need_noise
mkdir -p "$results"

check "build" scripts/build.sh
((failed == 0)) || finish
check "swift format" swift format lint -s -r -p Package.swift Sources Tests Fuzz
check "generated files are current" scripts/generate.sh --check
# Live gateways are held to the clock: they have the machine for themselves.
live='^(MystelNetTests|MystelRingTests)\.'
suite "swift test" "$results/swift-swift-testing.xml" \
  swift test -c release --skip-build --skip "$live" --xunit-output "$results/swift.xml"
suite "swift test with live gateways" "$results/live-swift-testing.xml" \
  swift test -c release --skip-build --filter "$live" --xunit-output "$results/live.xml"
suite "pytest" "$results/pytest.xml" env MYSTEL_BINARY="$PWD/$MYSTEL_BUILD" \
  SCHEMATHESIS="$SCHEMATHESIS" NOISE_PYTHON="$NOISE_PYTHON" \
  "$PYTHON" -m pytest Tests/Config Tests/Dashboard Tests/EndToEnd -q --junitxml "$results/pytest.xml"
# The files that are about sockets, on the other engine; scripts/nightly.sh runs all of them.
suite "pytest on the ring" "$results/pytest-ring.xml" env MYSTEL_BINARY="$PWD/$MYSTEL_BUILD" \
  MYSTEL_ENGINE=ring NOISE_PYTHON="$NOISE_PYTHON" "$PYTHON" -m pytest -q \
  Tests/EndToEnd/test_{accept,order,framing,lifecycle,tunnel,tunnel_chain,tunnel_faults,tunnel_transcripts}.py \
  --junitxml "$results/pytest-ring.xml"
finish
