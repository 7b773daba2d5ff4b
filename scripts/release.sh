#!/usr/bin/env bash
# Makes dist/: one fully static, stripped binary with its checksum, man page, completions, schema,
# example and systemd unit. The binary needs nothing of the system but the kernel.
source "$(dirname "$0")/lib.sh"
need_swift
need binutils file

scratch=.build/static
swift build -c release --product mystel --scratch-path "$scratch" \
  --explicit-target-dependency-import-check error \
  --static-swift-stdlib -Xswiftc -static-executable

rm -rf dist
mkdir -p dist
install -m 755 "$scratch/release/mystel" dist/mystel
strip --strip-all dist/mystel
cp -r packaging/man packaging/completions packaging/prometheus packaging/grafana \
  packaging/mystel.service packaging/mystel.yaml packaging/mystel.schema.json LICENSE dist/
(cd dist && sha256sum mystel >mystel.sha256)

# What the name says: static, stripped, and alive.
file dist/mystel
file dist/mystel | grep -Eq 'statically linked|static-pie linked' \
  || give_up "dist/mystel is not statically linked"
file dist/mystel | grep -q ', stripped' || give_up "dist/mystel is not stripped"
if ldd dist/mystel >/dev/null 2>&1; then
  ldd dist/mystel
  give_up "dist/mystel wants shared libraries"
fi
dist/mystel version
(cd dist && sha256sum --check --quiet mystel.sha256 && cat mystel.sha256)
