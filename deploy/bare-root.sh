#!/usr/bin/env bash
# The Dockerfile's steps without a container engine, and what a container of it would have to show:
# a bare Debian root (debootstrap), the program in it, run as process 1 of its own namespaces, as a user
# without rights, on a read-only root file system.
#
#   deploy/bare-root.sh [FOLDER]     as root; needs debootstrap, iproute2, npm, the network
#
# FOLDER keeps the root for a second run; without it a temporary one is made and removed. What an engine
# adds is not tried here: its seccomp profile, its image layers, its port publishing.
set -euo pipefail
cd "$(dirname "$0")/.."

for program in debootstrap npm node unshare nsenter pivot_root setpriv ip; do
  command -v "$program" >/dev/null || { echo "bare-root: $program is not installed here" >&2; exit 2; }
done
[ "$(id -u)" = 0 ] || { echo "bare-root: debootstrap and a user of its own take root" >&2; exit 2; }

folder=${1:-}
if [ -z "$folder" ]; then
  folder=$(mktemp -d)
  keep=no
else
  mkdir -p "$folder"
  folder=$(cd "$folder" && pwd)
  keep=yes
fi
root=$folder/root
volumes=$folder/volumes
guard= inner=
finish() {
  # Not only the one that made the namespaces: process 1 has changed its user since, and outlives it.
  if [ -n "$guard" ]; then kill -9 "$guard" $inner 2>/dev/null || true; fi
  if [ "$keep" = no ]; then rm -rf --one-file-system "$folder"; fi
}
trap finish EXIT

step() { printf '\n== %s\n' "$*"; }
ok() { printf 'ok      %s\n' "$*"; }
fail() { printf 'FAILED  %s\n' "$*" >&2; exit 1; }
# What the Dockerfile says, so that this says nothing else.
from_dockerfile() { sed -n "s/^$1 //p" Dockerfile | tail -n 1; }

base=$(from_dockerfile FROM)           # node:22-bookworm-slim
version=${base#node:}; version=${version%%-*}
suite=${base#*-}; suite=${suite%-slim}

step "build stage: npm ci, npm run build, npm prune"
build=$folder/build
rm -rf "$build" && mkdir "$build"
# What .dockerignore lets through.
cp -R package.json package-lock.json tsconfig.json tsconfig.build.json src policies "$build"
(cd "$build" && npm ci --silent --no-audit --no-fund && npm run --silent build && npm prune --silent --omit=dev)
ok "built"

packages=$(sed -n 's/.*--no-install-recommends \(.*\) \\$/\1/p' Dockerfile)
step "base: Debian $suite with $packages, Node $version"
if [ ! -x "$root/usr/bin/tini" ]; then
  rm -rf "$root"
  debootstrap --variant=minbase --include="${packages// /,}" "$suite" "$root" >"$folder/debootstrap.log" ||
    fail "debootstrap; see $folder/debootstrap.log"
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*
  npm install --silent --no-audit --no-fund --prefix "$folder/node" "node@$version"
  install -m 755 "$(find "$folder/node" -path '*/bin/node' -type f | head -n 1)" "$root/usr/local/bin/node"
  chroot "$root" useradd --uid 1000 --user-group --shell /bin/bash node
fi
ok "Node $(chroot "$root" node --version), $(chroot "$root" bwrap --version)"

step "run stage: what is copied into the image"
rm -rf "$root/opt/proctor" && mkdir -p "$root/opt/proctor" "$root/data" "$root/workspace"
cp -R "$build/node_modules" "$build/dist" "$build/package.json" "$build/policies" "$root/opt/proctor"
ok "$(du -sm "$root" | cut -f 1) MiB, of which /opt/proctor $(du -sm "$root/opt/proctor" | cut -f 1) MiB"
rm -rf "$volumes" && mkdir -p "$volumes/data" "$volumes/workspace"
chown 1000:1000 "$volumes/data" "$volumes/workspace"

# Process 1 of its own namespaces, as uid 1000, without capabilities and without a way to new ones.
# `masked`: a part of /proc is covered, as container engines do.
start() {
  : >"$folder/log"
  : >"$folder/out"
  # shellcheck disable=SC2046 # the words of ENTRYPOINT and CMD
  env -i PATH="$PATH" PROCTOR_DATA=/data PROCTOR_WORKSPACE=/workspace \
    unshare --mount --pid --fork --ipc --uts --net \
    sh -euc "$confine" confine "$root" "$volumes" "${1:-}" \
    $(words ENTRYPOINT) $(words CMD) >"$folder/out" 2>>"$folder/log" &
  guard=$!
  for _ in $(seq 600); do
    grep -q 'stands guard' "$folder/out" && break
    kill -0 "$guard" 2>/dev/null || fail "it ended before it was ready: $(cat "$folder/log")"
    sleep 0.1
  done
  inner=$(cut -d ' ' -f 1 "/proc/$guard/task/$guard/children")
}
# Not chroot: whoever is in one may make no user namespaces, and bubblewrap inside needs them.
# shellcheck disable=SC2016 # it is another shell's
confine='
  root=$1 volumes=$2 masked=$3
  shift 3
  mount --make-rprivate /
  mount --bind "$root" "$root"
  mount -o remount,bind,ro "$root"
  mount --rbind /dev "$root/dev"
  mount -t proc proc "$root/proc"
  [ "$masked" = "" ] || mount -o bind,ro "$root/proc/sys" "$root/proc/sys"
  mount -t tmpfs tmpfs "$root/tmp"
  mount --bind "$volumes/data" "$root/data"
  mount --bind "$volumes/workspace" "$root/workspace"
  ip link set lo up
  cd "$root"
  pivot_root . mnt
  umount -l /mnt
  cd /opt/proctor
  export PATH=/usr/local/bin:/usr/bin:/bin
  exec setpriv --reuid=1000 --regid=1000 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
'
words() { node -e 'console.log(JSON.parse(process.argv[1]).join(" "))' "$(from_dockerfile "$1")"; }
# A command inside, as the same user.
inside() {
  env -i PATH=/usr/local/bin:/usr/bin:/bin PROCTOR_DATA=/data \
    nsenter -t "$inner" -m -n -p -i -u setpriv --reuid=1000 --regid=1000 --clear-groups --no-new-privs "$@"
}
# An HTTP request from inside: METHOD URL TOKEN-FILE BODY; prints status and body.
request() {
  inside node -e '
    const [method, url, file, body] = process.argv.slice(1);
    const token = file === "" ? "" : require("node:fs").readFileSync(file, "utf8").trim();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    fetch(url, { method, headers, ...(body === "" ? {} : { body }) })
      .then(async (r) => console.log(r.status, await r.text()))' "$1" "$2" "${3:-}" "${4:-}"
}
# A tool call: NAME ARGUMENTS
call() { request POST "http://127.0.0.1:4100/v1/tools/$1" /data/agent.token "{\"arguments\":$2}"; }
status() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$inner/status"; }

step "checks"
start
[ "$(status NSpid | awk '{print $NF}')" = 1 ] || fail "it is process $(status NSpid)"
ok "it is process 1 of its namespace"
[ "$(status Uid | awk '{print $1}')" = 1000 ] || fail "it runs as $(status Uid)"
[ "$(status CapEff)$(status CapBnd)" = "$(printf '0%.0s' {1..32})" ] || fail "it has capabilities"
[ "$(status NoNewPrivs)" = 1 ] || fail "it may gain rights"
ok "uid 1000, no capabilities, no way to new ones"
for path in / /opt/proctor /etc /usr; do
  ! inside touch "$path/x" 2>/dev/null || fail "$path can be written"
done
ok "the root file system is read-only"
for path in healthz readyz; do
  answer=$(request GET "http://127.0.0.1:4101/$path")
  [ "${answer%% *}" = 200 ] || fail "/$path answers $answer"
done
ok "/healthz and /readyz answer 200"
health=$(sed -n 's/^  CMD \(\[.*\]\)$/\1/p' Dockerfile)
inside node -e '
  const [program, ...args] = JSON.parse(process.argv[1]);
  process.exit(require("node:child_process").spawnSync(program, args).status)' "$health" ||
  fail "the health check of the Dockerfile says no"
ok "the health check of the Dockerfile says yes"
answer=$(call write_file '{"path":"a.txt","content":"from the agent"}')
[ "$(cat "$volumes/workspace/a.txt" 2>/dev/null)" = "from the agent" ] || fail "a call: $answer"
ok "a call writes into the workspace volume"
answer=$(call bash '{"command":"id -u; cat a.txt; ls /data /opt 2>&1; echo over"}')
case $answer in
  200*"from the agent"*over*) ;;
  *) fail "bash in bubblewrap: $answer; $(cat "$folder/out")" ;;
esac
case $answer in *proctor.db* | *agent.token*) fail "bash sees the data folder: $answer" ;; esac
ok "bash is offered, in bubblewrap inside: it sees the workspace and not /data"
for _ in 1 2 3; do call bash '{"command":"(sleep 0.1 &) ; true"}' >/dev/null; done
sleep 1
zombies=$(ps --no-headers -o stat --ppid "$inner" | grep -c '^Z' || true)
[ "$zombies" = 0 ] || fail "$zombies children are left as zombies"
ok "what commands leave behind is waited for: no zombies"

for signal in TERM INT; do
  kill "-$signal" "$inner"
  code=0
  wait "$guard" || code=$?
  [ "$code" = 0 ] || fail "SIG$signal to process 1 ends it with $code: $(cat "$folder/log")"
  ok "SIG$signal to process 1 ends it in order, with exit code 0"
  start
done
answer=$(request GET http://127.0.0.1:4101/readyz)
[ "${answer%% *}" = 200 ] || fail "/readyz after restarts answers $answer"
inside node /opt/proctor/dist/src/main.js verify >"$folder/verify" || fail "verify: $(cat "$folder/verify")"
ok "after restarts on the same volumes: $(grep 'records of' "$folder/verify")"
kill -TERM "$inner"
wait "$guard"
start masked
grep -q 'bash .*not offered' "$folder/out" || fail "bash with a masked /proc: $(cat "$folder/out")"
answer=$(call read_text_file '{"path":"a.txt"}')
[ "${answer%% *}" = 200 ] || fail "a call with a masked /proc: $answer"
ok "where a part of /proc is covered, as engines do, $(grep -o 'not offered.*' "$folder/out" | cut -c 1-150)"
kill -TERM "$inner"
wait "$guard"
guard=
printf '\nAll of it holds.\n'
