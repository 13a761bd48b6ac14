#!/usr/bin/env bash
# Starts flux-image-updates as the step of action.yml: the container image where
# a Docker daemon can serve it, else the released program. Both are fixed by
# release.txt, which lies in the same commit as this file.
# Written for the bash 3.2 of macOS, and for wget where there is no curl.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
command=${INPUT_COMMAND:-run}
runtime=${INPUT_RUNTIME:-auto}
binary=${INPUT_BINARY:-}

# annotation KIND TEXT: foreign text cannot start a second workflow command.
annotation() {
  local text=${2//'%'/%25}
  text=${text//$'\r'/%0D}
  text=${text//$'\n'/%0A}
  printf '::%s title=flux-image-updates::%s\n' "$1" "$text" >&2
}

# fail STATUS TEXT: 1, something failed; 2, the environment is wrong.
fail() {
  annotation error "$2"
  exit "$1"
}

# released KEY FIELD: one field of the line of release.txt that starts with KEY.
released() { awk -v key="$1" -v field="$2" '$1 == key { print $field }' "$here/release.txt"; }

# A commit that no release was made of has zeros for hashes.
refuse_unreleased() {
  [[ ! ${1#sha256:} =~ ^0+$ ]] ||
    fail 2 "this commit of the action has no release: use a released tag or commit, or build the program and give its path as \`binary\`"
}

# Where the registry logins of this step may lie, one path a line.
login_files() {
  printf '%s\n' "${INPUT_REGISTRY_CONFIG:-}" "${REGISTRY_AUTH_FILE:-}" \
    "${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/containers/auth.json}" \
    "${XDG_CONFIG_HOME:-${HOME:-}/.config}/containers/auth.json" \
    "${DOCKER_CONFIG:-${HOME:-}/.docker}/config.json"
}

# Credential helpers are programs of the runner, and a folder of certificates is
# mostly links to elsewhere: no container can follow either.
needs_the_runner() {
  local file helper='"(credHelpers|credsStore)"[[:space:]]*:'
  [[ -z ${SSL_CERT_DIR:-} && ! ${DOCKER_AUTH_CONFIG:-} =~ $helper ]] || return 0
  while IFS= read -r file; do
    [[ ! -f $file ]] || ! grep -Eq "$helper" "$file" || return 0
  done < <(login_files)
  return 1
}

# Whether a daemon is there that keeps the owners of our files: not with mapped
# users, and not where SELinux would want the work tree relabelled.
daemon_answers() {
  local daemon
  [[ $(uname -s) == Linux ]] || return 1
  daemon=$(timeout 20 docker info --format '{{.OSType}} {{.SecurityOptions}}' 2>/dev/null) || return 1
  [[ $daemon == linux* && ! $daemon =~ name=(rootless|userns|selinux) ]]
}

# fetch_image IMAGE
fetch_image() {
  local pause
  for pause in 1 3 0; do
    ! docker image inspect "$1" >/dev/null 2>&1 || return 0
    ! docker pull --quiet "$1" >&2 || return 0
    sleep "$pause"
  done
  return 1
}

# create_container IMAGE: with the rights of the runner's user, and fewer; prints
# its id. Every path means the same inside as outside, so no variable has to be
# rewritten. Work tree and logins are read-only, the two command files are all
# that can be written, and the Docker socket is never there. The network is the
# runner's: proxies, names, VPNs and service containers count as for the program.
# Fails where the daemon sees another file system than this step, as in a
# container job, in a pod or over the network: a mount has to exist there.
create_container() {
  local arguments name file
  arguments=(--rm --init --pull never --user "$(id -u):$(id -g)" --network host
    --read-only --cap-drop ALL --security-opt no-new-privileges
    --tmpfs "/tmp:rw,noexec,nosuid,nodev,mode=1777" --env TMPDIR=/tmp
    --mount "type=bind,source=$GITHUB_WORKSPACE,target=$GITHUB_WORKSPACE,readonly"
    --workdir "$GITHUB_WORKSPACE")
  for file in "${GITHUB_OUTPUT:-}" "${GITHUB_STEP_SUMMARY:-}"; do
    [[ ! -f $file ]] || arguments+=(--mount "type=bind,source=$file,target=$file")
  done
  while IFS= read -r file; do
    [[ $file != /* || ! -e $file ]] || arguments+=(--mount "type=bind,source=$file,target=$file,readonly")
  done < <({
    login_files
    printf '%s\n' "${GITHUB_EVENT_PATH:-}" "${SSL_CERT_FILE:-}"
  } | sort -u)
  # What the program reads, by name alone: every process could see a value.
  while IFS= read -r name; do
    case $name in
      INPUT_* | GITHUB_* | RUNNER_DEBUG | GH_TOKEN | CI | NO_COLOR | HOME | XDG_RUNTIME_DIR | XDG_CONFIG_HOME | \
        DOCKER_CONFIG | DOCKER_AUTH_CONFIG | REGISTRY_AUTH_FILE | SSL_CERT_FILE | \
        HTTP_PROXY | HTTPS_PROXY | NO_PROXY | http_proxy | https_proxy | no_proxy)
        arguments+=(--env "$name")
        ;;
      *) ;;
    esac
  done < <(compgen -e)
  docker create "${arguments[@]}" "$1" "$command"
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum <"$1"; else shasum -a 256 <"$1"; fi | cut -d ' ' -f 1
}

# download URL FILE
download() {
  local pause
  for pause in 1 3 0; do
    if command -v curl >/dev/null; then
      ! curl --fail --silent --show-error --location --connect-timeout 20 --max-time 300 --output "$2" "$1" >&2 || return 0
    elif command -v wget >/dev/null; then
      ! wget -q -T 60 -O "$2" "$1" >&2 || return 0
    else
      fail 2 "the program cannot be fetched: install curl or wget, or give its path as \`binary\`"
    fi
    sleep "$pause"
  done
  fail 1 "\`$1\` cannot be fetched: allow the runner to reach it, or set \`download-url\` or \`binary\`"
}

# Sets `binary` to the released program, from the tool cache or fetched. Its
# hash is looked at on every start, since other jobs can write to that cache.
find_released_program() {
  local platform tag file expected url login root folder new actual
  platform=$(uname -s)-$(uname -m)
  tag=$(head -n 1 "$here/release.txt")
  file=$(released "$platform" 2)
  expected=$(released "$platform" 3)
  [[ -n $expected ]] || fail 2 "no program is released for \`$platform\`: build it and give its path as \`binary\`"
  refuse_unreleased "$expected"
  url=${INPUT_DOWNLOAD_URL:-$(released download 2)}
  login='^([^/?#]*://)?[^/?#]*@' # it would stand in the log and among the processes
  [[ ! $url =~ $login ]] ||
    fail 2 "\`download-url\` holds a login, and an address is no place for a secret: take it out; where the mirror wants one, fetch the program in a step before this one and give its path as \`binary\`"

  # The tool cache outlives the job; on some runners it is another user's.
  for root in "${RUNNER_TOOL_CACHE:-}" "${RUNNER_TEMP:-}"; do
    [[ -n $root ]] || continue
    folder=$root/flux-image-updates/$tag/$platform
    binary=$folder/flux-image-updates
    [[ ! -f $binary || $(sha256 "$binary") != "$expected" ]] || return 0
    if new=$(mkdir -p "$folder" 2>&1 && mktemp -d "$folder/new.XXXXXX" 2>&1); then break; fi
    folder=
  done
  [[ -n ${folder:-} ]] ||
    fail 2 "the program can be put neither into RUNNER_TOOL_CACHE nor into RUNNER_TEMP: ${new:-neither is set}; let the runner's user write to one of them, or give its path as \`binary\`"
  # shellcheck disable=SC2064 # the folder is known now, and local
  trap "rm -rf '$new'" EXIT
  download "$url/$tag/$file" "$new/$file"
  gzip -dc "$new/$file" >"$new/program" || fail 1 "\`$file\` of $tag is no gzip file"
  actual=$(sha256 "$new/program")
  [[ $actual == "$expected" ]] ||
    fail 1 "\`$file\` of $tag is not what was released and was not started: its SHA-256 is \`$actual\`, it has to be \`$expected\`"
  chmod 755 "$new/program"
  mv -f "$new/program" "$binary"
  rm -rf "$new"
}

case $runtime in
  auto)
    if [[ -n $binary || -n ${INPUT_DOWNLOAD_URL:-} ]] || needs_the_runner || ! daemon_answers; then runtime=binary; fi
    ;;
  container)
    [[ -z $binary ]] || fail 2 "\`runtime: container\` and \`binary\` exclude each other: take one of them away"
    daemon_answers || fail 2 "no Docker daemon here can serve \`runtime: container\`: use \`runtime: binary\`"
    ;;
  binary) ;;
  *) fail 2 "\`runtime\` is \`$runtime\`: write \`auto\`, \`container\` or \`binary\`" ;;
esac

if [[ $runtime != binary ]]; then
  image=$(released image 2)
  refuse_unreleased "${image##*@}"
  if ! fetch_image "$image"; then
    why="\`$image\` cannot be pulled"
  elif ! container=$(create_container "$image" 2>&1); then
    why="the Docker daemon cannot serve this step: $container"
  else
    container=${container##*$'\n'} # warnings may stand above the id
    exec docker start --attach "$container"
  fi
  [[ $runtime == auto ]] || fail 1 "$why; use \`runtime: binary\`"
  annotation notice "$why; the released program is used"
fi

if [[ -n $binary ]]; then
  [[ -f $binary && -x $binary ]] || fail 2 "\`binary\` is \`$binary\`, which cannot be run: give the path of an executable file"
else
  find_released_program
fi
exec "$binary" "$command"
