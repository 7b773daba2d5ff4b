#!/usr/bin/env bash
# Builds everything, tests included, in the one configuration that tests, demo and bench share.
set -euo pipefail
cd "$(dirname "$0")/.."
exec swift build -c release --build-tests --explicit-target-dependency-import-check error "$@"
