# Sourced by the other scripts: strict mode, the repository as working directory, and what they share.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The one build that tests, demo and bench share. See scripts/build.sh.
MYSTEL_BUILD=.build/release/mystel

# Says why the script ends, and ends it.
give_up() {
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# Installs those of the Debian packages named that are missing. Quiet unless it fails.
need() {
  local missing=() package
  for package in "$@"; do
    dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null \
      | grep -qx installed || missing+=("$package")
  done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || give_up "this is not Debian; please install: ${missing[*]}"
  ((EUID == 0)) || give_up "as root: apt-get install ${missing[*]}"
  echo "installing ${missing[*]}"
  local log policy=/usr/sbin/policy-rc.d
  log=$(mktemp)
  # Debian starts the servers it installs; the tests start their own, on free ports.
  if [[ -e $policy ]]; then policy=; else
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  local result=0
  {
    apt-get -q update \
      && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
        -o Dpkg::Use-Pty=0 "${missing[@]}"
  } >"$log" 2>&1 </dev/null || result=$?
  [[ -z $policy ]] || rm -f "$policy"
  ((result == 0)) || cat "$log" >&2
  rm -f "$log"
  ((result == 0)) || give_up "apt-get could not install ${missing[*]}"
}

# The Swift toolchain, and what it and the packages need to compile and link.
need_swift() {
  command -v swift >/dev/null \
    || give_up "Swift 6.3 or later is needed: https://www.swift.org/install/linux/"
  need g++ git libsqlite3-dev liburing-dev
}

# Sets PYTHON to one that has what the tests import: the first on PATH if it does, else Debian's.
need_python() {
  local wanted='import pytest, yaml, jsonschema; jsonschema.Draft202012Validator'
  PYTHON=$(command -v python3 || true)
  if [[ -z $PYTHON ]] || ! "$PYTHON" -W ignore -c "$wanted" 2>/dev/null; then
    need python3 python3-pytest python3-yaml python3-jsonschema
    PYTHON=/usr/bin/python3
    "$PYTHON" -c "$wanted" || give_up "$PYTHON lacks pytest, yaml or jsonschema"
  fi
}

# Sets SCHEMATHESIS to the tool that makes requests up from an OpenAPI document: the one on PATH, or one
# installed beside the build. Empty where there is none to be had; its test is skipped then.
need_schemathesis() {
  local place=.build/schemathesis
  SCHEMATHESIS=$(command -v schemathesis || true)
  [[ -z $SCHEMATHESIS ]] || return 0
  if [[ ! -x $place/bin/schemathesis ]]; then
    echo "installing schemathesis"
    { python3 -m venv "$place" && "$place/bin/pip" install -q schemathesis==4.32.5; } >/dev/null 2>&1 \
      || return 0
  fi
  SCHEMATHESIS=$PWD/$place/bin/schemathesis
}

# Sets NOISE_PYTHON to a Python that has another implementation of Noise, for the tests of the tunnel:
# installed beside the build. Empty where there is none to be had; those tests are skipped then.
need_noise() {
  local place=.build/noise
  NOISE_PYTHON=
  if ! "$place/bin/python" -c 'import noise.connection' 2>/dev/null; then
    echo "installing noiseprotocol"
    { python3 -m venv "$place" && "$place/bin/pip" install -q noiseprotocol==0.3.1; } >/dev/null 2>&1 \
      || return 0
  fi
  NOISE_PYTHON=$PWD/$place/bin/python
}

# Chromium and its driver. Where they are not to be had, the tests that want a browser are skipped and say so.
need_browser() {
  (need chromium chromium-driver fonts-dejavu-core) \
    || echo "no Chromium to be had: the tests of the dashboard in a browser are skipped"
}

# Passed and failed, summed over JUnit files. A missing or torn file is a suite that died: one failed.
count_results() {
  "${PYTHON:-python3}" - "$@" <<'PYTHON'
import sys
import xml.etree.ElementTree as tree

passed = failed = 0
for path in sys.argv[1:]:
    try:
        suites = list(tree.parse(path).getroot().iter("testsuite"))
    except (OSError, tree.ParseError):
        failed += 1
        continue
    for suite in suites:
        tests, bad, skipped = (
            sum(int(suite.get(name) or 0) for name in names)
            for names in (["tests"], ["failures", "errors"], ["skipped"]))
        passed += tests - bad - skipped
        failed += bad
print(passed, failed)
PYTHON
}
