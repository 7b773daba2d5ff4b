"""Writes the list of files that the program carries, as C:

    python3 scripts/embed.py packs Sources/CPack/CPack.c
    python3 scripts/embed.py dashboard Sources/CDashboard/CDashboard.c
"""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# What is embedded: the folder, its files, the header, and what the table is called.
KINDS = {
    "packs": ("Packs/tera", ("layouts/*.layout", "builds/*/build.pack", "builds/*/opcodes.txt",
                             "rules/*.yaml"), "CPack.h", "pack"),
    "dashboard": ("Dashboard", ("*.html", "*.svg", "*.css", "*.js", "*/*.js"), "CDashboard.h",
                  "dashboard"),
}


def main(kind: str, output: str) -> None:
    folder, patterns, header, name = KINDS[kind]
    root = ROOT / folder
    files = sorted(p.relative_to(root) for pattern in patterns for p in root.glob(pattern))
    lines = [
        f"// Made by scripts/generate.sh: run it after adding or removing a file of {folder}.",
        f'#include "{header}"',
        '#pragma clang diagnostic ignored "-Wc23-extensions"',
        "",
    ]
    for number, file in enumerate(files):
        lines += [
            f"static const unsigned char file{number}[] = {{",
            f'#embed "../../{folder}/{file}"',
            "};",
        ]
    lines += ["", f"static const struct mystel_{name}_file mystel_{name}_files[] = {{"]
    for number, file in enumerate(files):
        lines.append(f'    {{"{file}", file{number}, sizeof file{number}}},')
    lines += [
        "};",
        f"const size_t mystel_{name}_file_count = {len(files)};",
        "",
        f"const struct mystel_{name}_file *mystel_{name}_first(void) "
        f"{{ return mystel_{name}_files; }}",
        "",
    ]
    pathlib.Path(output).write_text("\n".join(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
