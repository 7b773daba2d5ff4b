"""Writes Sources/CPack/CPack.c: the list of the files under Packs/tera that the program carries.

    python3 scripts/embed.py OUTPUT
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent / "Packs" / "tera"
PATTERNS = ("layouts/*.layout", "builds/*/build.pack", "builds/*/opcodes.txt", "rules/*.yaml")


def main(output: str) -> None:
    files = sorted(p for pattern in PATTERNS for p in ROOT.glob(pattern))
    lines = [
        "// Made by scripts/generate.sh: run it after adding or removing a file of Packs/tera.",
        '#include "CPack.h"',
        '#pragma clang diagnostic ignored "-Wc23-extensions"',
        "",
    ]
    for number, file in enumerate(files):
        lines += [
            f"static const unsigned char file{number}[] = {{",
            f'#embed "../../Packs/tera/{file.relative_to(ROOT)}"',
            "};",
        ]
    lines += ["", "static const struct mystel_pack_file mystel_pack_files[] = {"]
    for number, file in enumerate(files):
        lines.append(f'    {{"{file.relative_to(ROOT)}", file{number}, sizeof file{number}}},')
    lines += [
        "};",
        f"const size_t mystel_pack_file_count = {len(files)};",
        "",
        "const struct mystel_pack_file *mystel_pack_first(void) { return mystel_pack_files; }",
        "",
    ]
    pathlib.Path(output).write_text("\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1])
