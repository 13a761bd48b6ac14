#!/usr/bin/env python3
"""Makes docs/pictures/terminal.svg of a real run of the program.

    docs/pictures/terminal.py PROGRAM BED [--check]

PROGRAM is flux-image-updates, BED the demo, which is asked to serve. The
addresses of the run become those of the world; everything else is as printed.
With --check the file is compared instead of written.
"""

import html
import os
import re
import sys
from pathlib import Path

from bed import Bed

COLOURS = {"1;31": "#ff7b72", "1;33": "#d29922", "32": "#3fb950", "1;34": "#58a6ff", "1": "#f0f6fc", "2": "#8b949e"}
LINE, COLUMN = 18, 7.83


def columns(servers: Bed, text: str) -> str:
    """The world's addresses in a table whose columns stay in line."""
    gain = len(servers.host) - max(len(servers.image("")), len("docker.io/"))
    lines = []
    for line in text.splitlines():
        if servers.host in line:
            name = re.search(re.escape(servers.host) + r"(\S+)( +)", line)
            image = servers.image(name[1])
            line = line.replace(name[0], image.ljust(len(name[0]) - gain))
        elif "IMAGE" in line:
            line = line.replace(" " * gain, "", 1)
        lines.append(servers.public(line))
    return "\n".join(lines)


def spans(line: str) -> str:
    colour, out = "", []
    for code, text in re.findall(r"(?:\x1b\[([0-9;]*)m)?([^\x1b]*)", line):
        colour = code or colour
        if not text:
            continue
        text = html.escape(text, quote=False)
        weight = ' font-weight="bold"' if colour.startswith("1") else ""
        fill = COLOURS.get(colour)
        out.append(f'<tspan fill="{fill}"{weight}>{text}</tspan>' if fill else text)
    return "".join(out)


def picture(text: str) -> str:
    lines = ["\x1b[2m$\x1b[0m flux-image-updates run", ""] + text.rstrip("\n").split("\n")
    plain = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in lines]
    width = int(max(len(line) for line in plain) * COLUMN) + 40
    height = len(lines) * LINE + 56
    rows = "\n".join(
        f'<text x="20" y="{52 + at * LINE}" xml:space="preserve">{spans(line)}</text>'
        for at, line in enumerate(lines) if line
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">
<title>flux-image-updates run</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<circle cx="22" cy="20" r="6" fill="#ff5f56"/><circle cx="42" cy="20" r="6" fill="#ffbd2e"/><circle cx="62" cy="20" r="6" fill="#27c93f"/>
<g fill="#c9d1d9" font-size="13" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace">
{rows}
</g>
</svg>
"""


def main() -> None:
    program, bed = (os.path.abspath(path) for path in sys.argv[1:3])
    file = Path(__file__).with_name("terminal.svg")
    with Bed(bed) as servers:
        made = picture(columns(servers, servers.run(program, ["run", "--color", "always"])))
    if "--check" not in sys.argv:
        file.write_text(made)
    elif file.read_text() != made:
        sys.exit(f"terminal: {file.name} is not what the program prints: run docs/pictures/terminal.py without --check")


main()
