#!/usr/bin/env bash
# Builds everything, tests included, in the one configuration that tests, demo and bench share.
source "$(dirname "$0")/lib.sh"
need_swift
exec swift build -c release --build-tests --explicit-target-dependency-import-check error "$@"
