#!/usr/bin/env bash
# The long sets, for a machine that has nothing else to do: minutes of load, of fuzzing, of
# benchmarks. About an hour. Ends at the first that fails.
source "$(dirname "$0")/lib.sh"
need_swift
need gcc haproxy nginx libnginx-mod-stream iproute2
need_python
scripts/build.sh

echo "== with exclusive access checked at run time"
swift build --build-tests
# What allocates nothing in a release build does in a debug one.
swift test --skip-build --skip 'AllocationTests|allocateNothing|MystelNetTests|MystelRingTests'
echo "== end to end, the long set"
MYSTEL_BINARY="$PWD/$MYSTEL_BUILD" "$PYTHON" -m pytest Tests/EndToEnd -q -s -m long
echo "== end to end, all of it on the ring"
MYSTEL_ENGINE=ring MYSTEL_BINARY="$PWD/$MYSTEL_BUILD" "$PYTHON" -m pytest Tests/EndToEnd -q
echo "== mutations"
MYSTEL_MUTATION_ROUNDS=500 swift test -c release --skip-build --filter MutationTests
echo "== memory of a million addresses"
MYSTEL_NIGHTLY=1 swift test -c release --skip-build --filter AddressTableMemoryTests
echo "== demo"
"$MYSTEL_BUILD" demo --seconds 60
echo "== fuzzing"
scripts/fuzz.sh "${MYSTEL_FUZZ_SECONDS:-600}"
echo "== benchmarks"
# What is not gated yet: bursts and crowds on the ring, and what a tunnel adds.
"$MYSTEL_BUILD" bench relay --relays haproxy nginx mystel-ring mystel-nio --gate
"$MYSTEL_BUILD" bench storm --engine ring --gate
for bench in cipher handshake memory refuse api; do "$MYSTEL_BUILD" bench "$bench" --gate; done
for engine in nio ring; do
  "$MYSTEL_BUILD" bench tunnel --engine $engine
  "$MYSTEL_BUILD" bench tunnel --storm --seconds 10 --engine $engine --gate
done
# The packet mix needs the recorded sessions; without them a walking player is measured.
shopt -s nullglob
"$MYSTEL_BUILD" bench inspect --gate "${MYSTEL_SHARED:-../shared}"/tera/sessions/*.jsonl
echo "== instructions of a packet"
scripts/release.sh
scripts/callgrind.sh --runs 5
