#!/usr/bin/env bash
# Regenerates the list of embedded files, and what the program itself can tell: the JSON Schema, the configuration reference, the
# man page and the shell completions. Needs the build of scripts/build.sh or scripts/demo.sh.
#   scripts/generate.sh            writes them into the repository
#   scripts/generate.sh DIRECTORY  writes them there
#   scripts/generate.sh --check    fails where the committed ones are not current
source "$(dirname "$0")/lib.sh"
MYSTEL_BUILD=${MYSTEL_BINARY:-$MYSTEL_BUILD}
command -v python3 >/dev/null || need python3
[[ -x $MYSTEL_BUILD ]] || give_up "no $MYSTEL_BUILD: run scripts/build.sh first"

generate() {
  local to=$1 version date
  # The changelog's latest heading: `## 0.1.0 (2026-11-23)`.
  read -r version date < <(sed -n 's/^## \([0-9.]*\) (\([0-9-]*\)).*/\1 \2/p' CHANGELOG.md | head -n 1)
  mkdir -p "$to"/packaging/{man,completions} "$to/docs/operating" "$to"/Sources/{CPack,CDashboard}
  python3 scripts/embed.py packs "$to/Sources/CPack/CPack.c"
  python3 scripts/embed.py dashboard "$to/Sources/CDashboard/CDashboard.c"
  "$MYSTEL_BUILD" schema >"$to/packaging/mystel.schema.json"
  "$MYSTEL_BUILD" schema --reference >"$to/docs/operating/configuration.md"
  python3 scripts/operations.py "$MYSTEL_BUILD" >"$to/docs/operating/operations.md"
  "$MYSTEL_BUILD" --experimental-dump-help \
    | python3 scripts/manual.py "$version" "$date" >"$to/packaging/man/mystel.1"
  "$MYSTEL_BUILD" --generate-completion-script bash >"$to/packaging/completions/mystel.bash"
  "$MYSTEL_BUILD" --generate-completion-script zsh >"$to/packaging/completions/_mystel"
  "$MYSTEL_BUILD" --generate-completion-script fish >"$to/packaging/completions/mystel.fish"
}

check() {
  local to result=0 file
  to=$(mktemp -d)
  generate "$to"
  while read -r file; do
    diff -u --label "committed $file" --label "generated $file" "$file" "$to/$file" || result=1
  done < <(cd "$to" && find . -type f | sort)
  rm -rf "$to"
  ((result == 0)) || give_up "generated files are not current: run scripts/generate.sh"
  need mandoc
  mandoc -Tlint -W warning packaging/man/mystel.1
}

case ${1:-} in
  --check) check ;;
  *) generate "${1:-.}" ;;
esac
