"""The demo's servers, for the scripts beside this one."""

import json
import re
import subprocess
import tempfile
import urllib.request

WORLD = "example-org/fleet"
# Where the fleet's images lie in the world; the test bed has one registry.
REGISTRIES = {"minio/": "quay.io/", "library/": "docker.io/"}


class Bed:
    """Servers on loopback, until the end of the `with`."""

    def __init__(self, bed: str) -> None:
        self.servers = subprocess.Popen([bed, "--serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.variables = {}
        while "REGISTRY" not in self.variables:
            name, value = re.fullmatch(r"export (\w+)='(.*)'\n", self.servers.stdout.readline()).groups()
            self.variables[name] = value
        self.host = self.variables["REGISTRY"] + "/"

    def __enter__(self) -> "Bed":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.servers.stdin.close()
        if self.servers.wait() != 0 and kind is None:
            raise SystemExit("the test bed complains")

    def run(self, program: str, arguments: list) -> str:
        """What the program prints, run as a step of a workflow runs it."""
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [program, *arguments], cwd=folder, env=self.variables | {"HOME": folder, "PATH": "/nowhere"},
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True,
            )
        return done.stdout

    def get(self, path: str) -> dict:
        """An answer of GitHub's API."""
        request = urllib.request.Request(
            self.variables["GITHUB_API_URL"] + path,
            headers={"Authorization": "Bearer " + self.variables["GITHUB_TOKEN"],
                     "Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28",
                     "User-Agent": "pictures"},
        )
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def image(self, name: str) -> str:
        """An image where it lies in the world."""
        registry = next((to for start, to in REGISTRIES.items() if name.startswith(start)), "ghcr.io/")
        return registry + name

    def public(self, text: str) -> str:
        """The text with the world's addresses."""
        text = re.sub(re.escape(self.host) + r"([\w./-]+)", lambda m: self.image(m[1]), text)
        return re.sub(r"http://127\.0\.0\.1:\d+/", "https://github.com/", text)
