#!/usr/bin/env python3
"""Makes docs/pictures/pull-request.png of the pull request of a real run.

    docs/pictures/pull_request.py PROGRAM BED

Needs chromium (apt-get install chromium) and markdown-it-py with its plugins
(pip install markdown-it-py mdit-py-plugins). The picture is committed and not
compared: fonts differ between machines.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bed import Bed, WORLD
from markdown_it import MarkdownIt
from mdit_py_plugins.tasklists import tasklists_plugin

STYLE = """
body { font: 14px/1.5 -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; color: #1f2328; margin: 24px; width: 1120px }
h1 { font-size: 26px; font-weight: 400; margin: 0 0 8px } h1 span { color: #59636e }
h3 { font-size: 17px; margin: 20px 0 8px }
.state { background: #1f883d; color: #fff; border-radius: 16px; padding: 5px 12px; font-weight: 600 }
.about { color: #59636e; margin: 0 0 18px } .label { border-radius: 12px; padding: 2px 9px; background: #ddf4ff; color: #0969da; margin-left: 6px; font-size: 12px }
.box { border: 1px solid #d1d9e0; border-radius: 6px } .head { background: #f6f8fa; border-bottom: 1px solid #d1d9e0; padding: 8px 16px; color: #59636e; border-radius: 6px 6px 0 0 }
.body { padding: 16px } table { border-collapse: collapse; margin-bottom: 16px } th, td { border: 1px solid #d1d9e0; padding: 5px 11px; text-align: left }
tr:nth-child(even) td { background: #f6f8fa } code { background: #eff1f3; border-radius: 5px; padding: 2px 5px; font: 12px ui-monospace, "DejaVu Sans Mono", monospace }
a { color: #0969da; text-decoration: none } ul { padding-left: 24px } .contains-task-list { list-style: none; padding-left: 4px }
"""


def page(pull: dict) -> str:
    body = MarkdownIt("commonmark", {"html": True}).enable("table").use(tasklists_plugin).render(pull["body"])
    labels = "".join(f'<span class="label">{label["name"]}</span>' for label in pull["labels"])
    head, base = pull["head"]["ref"], pull["base"]["ref"]
    return f"""<!doctype html><meta charset="utf-8"><style>{STYLE}</style>
<h1>{pull["title"]} <span>#{pull["number"]}</span></h1>
<p class="about"><span class="state">Open</span> &nbsp;<b>github-actions</b> wants to merge 1 commit into <code>{base}</code> from <code>{head}</code>{labels}</p>
<div class="box"><div class="head"><b>github-actions</b> bot</div><div class="body">{body}</div></div>"""


def main() -> None:
    program, bed = (os.path.abspath(path) for path in sys.argv[1:3])
    with Bed(bed) as servers, tempfile.TemporaryDirectory() as folder:
        servers.run(program, ["run"])
        pull = servers.get(f"/repos/{WORLD}/pulls/1")
        pull["body"] = servers.public(pull["body"])
        file = Path(folder, "page.html")
        file.write_text(page(pull))
        picture = Path(__file__).with_name("pull-request.png")
        subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--hide-scrollbars", "--force-device-scale-factor=1.5",
             f"--user-data-dir={folder}/profile", "--window-size=1170,945", f"--screenshot={picture}", file.as_uri()],
            check=True, stderr=subprocess.DEVNULL,
        )


main()
