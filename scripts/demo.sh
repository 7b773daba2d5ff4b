#!/usr/bin/env bash
# Builds Mystel and shows it at work: a simulated world, the gateway and players, on loopback.
# Arguments go to `mystel demo`: scripts/demo.sh --seconds 60 --players 100
source "$(dirname "$0")/lib.sh"
need_swift
swift build -c release --product mystel --explicit-target-dependency-import-check error
exec "$MYSTEL_BUILD" demo "$@"
