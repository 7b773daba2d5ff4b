#!/usr/bin/env bash
# Fuzzes everything that reads bytes of peers, with libFuzzer and AddressSanitizer.
#   scripts/fuzz.sh [SECONDS a target, 20] [TARGET ...]
# Replays Fuzz/Regressions and the seeds of Fuzz/Corpus first. A crash is kept in Fuzz/Regressions:
# commit it with the fix. New inputs stay in .build/fuzz, which may be deleted.
source "$(dirname "$0")/lib.sh"
need_swift

seconds=${1:-20}
shift || true
targets=("$@")
((${#targets[@]})) || targets=(ProxyHeader PacketBody TeraSession Definition Inspection Geo List
  TunnelHandshake TunnelRecords)
[[ $seconds =~ ^[1-9][0-9]*$ ]] || give_up "seconds a target: a whole number, not $seconds"

out=$PWD/.build/fuzz
mkdir -p "$out"
flags=(-swift-version 6 -enable-experimental-feature Lifetimes -package-name mystel
  -O -g -parse-as-library -wmo -sanitize=fuzzer,address -I "$out")
# Backtraces would be printed by a second process, which the sanitizer does not expect.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=quarantine_size_mb=64

# Only what is fuzzed is instrumented: Wire, Core, Tunnel, and the bodies of the fuzzers. swift-crypto is
# taken as the release has it.
swift build -c release --target MystelTunnel >"$out/crypto.log" 2>&1 \
  || { cat "$out/crypto.log" >&2; give_up "swift-crypto does not build"; }
flags+=(-I .build/release/Modules)
mapfile -t crypto < <(find .build/release/{Crypto,CryptoBoringWrapper}.build \
  .build/release/{CCryptoBoringSSL,CXKCP}{,Shims}.build -name '*.o' ! -name '*.swiftmodule.o' | sort)

build_module() {
  local name=$1
  local sources
  mapfile -t sources < <(find "Sources/$name" -name '*.swift' | sort)
  swiftc "${flags[@]}" -module-name "$name" -emit-module -emit-module-path "$out/$name.swiftmodule" \
    -c "${sources[@]}" -o "$out/$name.o"
}

build_target() {
  swiftc "${flags[@]}" -module-name "Fuzz$1" -c "Fuzz/$1.swift" \
    Sources/MystelTesting/{ProxyHeader,Packet,Session,Definition,Inspection,Geo,List,Tunnel}FuzzBody.swift \
    Sources/MystelTesting/{BareInspection,SplitMix64,TextbookCipher}.swift -o "$out/$1.o"
  swiftc "${flags[@]}" -use-ld=lld "$out"/{"$1",MystelWire,MystelCore,MystelTunnel}.o \
    "${crypto[@]}" -lstdc++ -o "$out/$1"
}

build_module MystelWire
build_module MystelCore
build_module MystelTunnel
for target in "${targets[@]}"; do
  [[ -e Fuzz/$target.swift ]] || give_up "there is no Fuzz/$target.swift"
  build_target "$target"
  found=$out/corpus/$target
  mkdir -p "$found" "Fuzz/Corpus/$target" "Fuzz/Regressions/$target"
  regressions=("Fuzz/Regressions/$target"/*)
  if [[ -e ${regressions[0]} ]]; then "$out/$target" "${regressions[@]}" 2>"$out/$target.log" \
    || { cat "$out/$target.log" >&2; give_up "$target: an old crash is back"; }; fi
  "$out/$target" -max_total_time="$seconds" -max_len=1024 -timeout=30 -rss_limit_mb=2048 \
    -print_final_stats=1 -artifact_prefix="Fuzz/Regressions/$target/" \
    "$found" "Fuzz/Corpus/$target" 2>"$out/$target.log" \
    || { tail -n 60 "$out/$target.log" >&2; give_up "$target: a crash; see Fuzz/Regressions/$target"; }
  runs=$(grep -oP 'number_of_executed_units: \K\d+' "$out/$target.log")
  ((runs > 0)) || give_up "$target: nothing was run"
  echo "$target: $runs inputs in ${seconds} s, no crash"
done
