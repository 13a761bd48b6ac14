# shellcheck shell=bash
# For the scripts beside this one that run workflows by act on this machine
# itself, with the real program, against the demo's servers. Sets `root`, `world`
# and `built`, and lays a release and a repository into `world`. Needs act,
# cargo, curl, git and python3.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
world=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$world"' EXIT
fail() {
  [[ ! -f $world/log ]] || cat "$world/log"
  echo "$(basename "$0"): $*" >&2
  exit 1
}

# As tests/run builds them; plain `cargo build` would build everything again.
(cd "$root" && cargo test --locked --no-run --quiet 2>/dev/null) || fail 'the program does not build: see cargo test --no-run'
built=${CARGO_TARGET_DIR:-$root/target}/debug

# --- the servers ---------------------------------------------------------------

# serve [OPTION]: the demo's servers, and the variables that find them.
serve() {
  local line
  coproc BED { exec "$built/examples/demo" --serve "$@"; }
  bed=$BED_PID
  while IFS= read -r line <&"${BED[0]}"; do
    eval "$line"
    [[ $line != *REGISTRY* ]] || return 0
  done
  fail 'the servers did not start'
}
# Without listeners the servers look through the repository and what was asked.
stop_serving() {
  eval "exec ${BED[1]}>&-"
  wait "$bed" || fail 'the servers complain'
}
# pull_requests: number, branches and title of each, the oldest first.
pull_requests() {
  curl --fail --silent --show-error --header "Authorization: Bearer $GITHUB_TOKEN" \
    --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
    "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/pulls?state=all" | python3 -c 'if True:
      import json, sys
      for pull in sorted(json.load(sys.stdin), key=lambda pull: pull["number"]):
          print(pull["number"], pull["state"], pull["head"]["ref"], "->", pull["base"]["ref"] + ":", pull["title"])'
}

# --- a release, as one is published ----------------------------------------------

platform=$(uname -s)-$(uname -m)
mkdir -p "$world"/{bin,home,released/v0.0.1,source/action,repository/.github/workflows}
cp "$root/action.yml" "$world/source/"
cp "$root/action/run.sh" "$world/source/action/"
gzip -n1c "$built/flux-image-updates" >"$world/released/v0.0.1/flux-image-updates-$platform.gz"
python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$world/released" >"$world/http.out" 2>"$world/http.log" &
server=$!
until grep -qs port "$world/http.out"; do kill -0 "$server"; sleep 0.1; done
released=http://127.0.0.1:$(sed -E 's/.* port ([0-9]+) .*/\1/' "$world/http.out")
{
  echo v0.0.1
  echo "download $released"
  echo "$platform flux-image-updates-$platform.gz $(sha256sum <"$built/flux-image-updates" | cut -d ' ' -f 1)"
} >"$world/source/action/release.txt"
# No daemon has the image of this release.
printf '#!/bin/sh\nexit 1\n' >"$world/bin/docker"
chmod +x "$world/bin/docker"

# --- a repository with one workflow --------------------------------------------------

cd "$world/repository"
commit() { git add -A && git -c user.name=test -c user.email=test@example.com commit -qm test; }
git init -q -b main
git remote add origin https://github.com/example-org/fleet.git

# by_act EVENT [OPTION]…: runs the workflow; what it says is in `$world/log`.
by_act() {
  env -i PATH="$world/bin:$PATH" HOME="$world/home" LANG=C.UTF-8 act "$@" --no-cache-server --defaultbranch main \
    --platform ubuntu-latest=-self-hosted --local-repository "OWNER/flux-image-updates@v1=$world/source" \
    --secret GITHUB_TOKEN="${JOB_TOKEN:-$GITHUB_TOKEN}" --env GITHUB_REPOSITORY="$GITHUB_REPOSITORY" \
    --env GITHUB_SERVER_URL="$GITHUB_SERVER_URL" --env GITHUB_API_URL="$GITHUB_API_URL" \
    --env GITHUB_GRAPHQL_URL="$GITHUB_GRAPHQL_URL" --env RUNNER_TOOL_CACHE="$world/tools" >"$world/log" 2>&1
}
