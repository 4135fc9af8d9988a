import type { ServiceName } from './service-manager';

/**
 * Young objects of V8 in MiB: the default lets each process grow by 16 and more before it looks what is still in use.
 * An agent has little to compute, and rather small code than fast code.
 */
const nodeOptions = {
  'orlop-server': '--max-semi-space-size=2',
  'orlop-agent': '--max-semi-space-size=1 --optimize-for-size',
};

/**
 * `services/<name>/run`: becomes the service's process. It finds everything from its own place, so it is the same text
 * on every host.
 *
 * glibc keeps small blocks for itself once they are free. Compiling orlop.js takes 15 MiB of them for a moment; blocks
 * over MALLOC_MMAP_THRESHOLD_ go back to the kernel.
 */
export function runScript(name: ServiceName): string {
  const command = name === 'orlop-server' ? 'server' : 'agent';
  return `#!/bin/sh
# Written by orlop; replaced at every upgrade.
root=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
cd "$root" || exit 1
umask 022
export MALLOC_MMAP_THRESHOLD_=32768 MALLOC_ARENA_MAX=1
exec "$root/runtime/current/node" ${nodeOptions[name]} "$root/runtime/current/orlop.js" ${command} --config "$root/config/${command}.json"
`;
}

/** Ends a `run` of folder $1 that has no supervisor any more: it would be a second instance. */
const endLeftover = `ours() { tr '\\0' '\\n' 2>/dev/null <"/proc/$1/environ" | grep -qxF "ORLOP_SERVICE=$2"; }
end_leftover() {
  leftover=$(cat "$1/pid" 2>/dev/null)
  [ -n "$leftover" ] && ours "$leftover" "$1" || return 0
  kill -TERM "$leftover" 2>/dev/null
  tries=0
  while ours "$leftover" "$1" && [ $tries -lt 200 ]; do sleep 0.05; tries=$((tries + 1)); done
  ours "$leftover" "$1" && kill -KILL "-$leftover" 2>/dev/null
  return 0
}`;

/**
 * `services/<name>/supervise`: keeps `run` alive where no init system does. TERM ends both. A lock keeps it single;
 * a `run` that outlived a killed supervisor is ended first.
 */
export const superviseScript = `#!/bin/sh
# Written by orlop; replaced at every upgrade.
dir=$(cd "$(dirname "$0")" && pwd) || exit 1
root=$(dirname "$(dirname "$dir")")
log=$root/logs/$(basename "$dir").log
limit=8388608
mkdir -p "$root/logs"
exec 9>"$dir/lock"
# Whoever looks whether a supervisor runs holds the lock for a moment.
tries=0
until flock -n 9; do
  tries=$((tries + 1))
  [ $tries -gt 10 ] && exit 0
  sleep 0.05
done
echo $$ >"$dir/supervisor.pid"
export ORLOP_SERVICE="$dir"
trap '' HUP

${endLeftover}
end_leftover "$dir"

cut_log() {
  [ -f "$log" ] && [ "$(wc -c <"$log")" -gt $limit ] || return 0
  # Copied and emptied in place: the writer appends to the file it has open.
  cp "$log" "$log.1" && : >"$log"
}
(
  trap 'kill $! 2>/dev/null; exit 0' TERM
  while :; do
    sleep 60 &
    wait $!
    kill -0 $$ 2>/dev/null || exit 0
    cut_log
  done
) 9>&- >/dev/null 2>&1 &
cutter=$!

child=
stopping=
trap 'stopping=1; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' TERM INT
fails=0
while [ -z "$stopping" ]; do
  cut_log
  began=$(date +%s)
  setsid "$dir/run" </dev/null >>"$log" 2>&1 9>&- &
  child=$!
  echo $child >"$dir/pid"
  [ -n "$stopping" ] && kill -TERM "$child" 2>/dev/null
  while kill -0 "$child" 2>/dev/null; do wait "$child"; done
  [ -n "$stopping" ] && break
  child=
  [ $(($(date +%s) - began)) -ge 10 ] && fails=0
  case $fails in 0) delay=0.1 ;; 1) delay=0.5 ;; 2) delay=2 ;; *) delay=5 ;; esac
  fails=$((fails + 1))
  sleep $delay 9>&- &
  wait $!
done
kill "$cutter" 2>/dev/null
rm -f "$dir/pid" "$dir/supervisor.pid"
`;

/** Whether the supervisor of folder $1 runs, and its service with it: exit code 0. */
export const runningScript = `flock -n "$1/lock" true && exit 1
[ -s "$1/pid" ] && kill -0 "$(cat "$1/pid")" 2>/dev/null`;

/** Ends the supervisor of folder $1 with its service, by force after 20 s. */
export const stopScript = `[ -d "$1" ] || exit 0
${endLeftover}
held() { ! flock -n "$1/lock" true; }
held "$1" || { end_leftover "$1"; rm -f "$1/pid"; exit 0; }
pid=$(cat "$1/supervisor.pid" 2>/dev/null)
[ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null
tries=0
while held "$1" && [ $tries -lt 400 ]; do sleep 0.05; tries=$((tries + 1)); done
if held "$1"; then
  child=$(cat "$1/pid" 2>/dev/null)
  [ -n "$pid" ] && kill -KILL "$pid" 2>/dev/null
  [ -n "$child" ] && kill -KILL "-$child" 2>/dev/null
fi
rm -f "$1/pid" "$1/supervisor.pid"`;

/** Starts the supervisor of folder $1, free of this session, and waits until it holds its lock. */
export const startScript = `setsid "$1/supervise" </dev/null >/dev/null 2>&1 &
tries=0
while flock -n "$1/lock" true; do
  tries=$((tries + 1))
  [ $tries -gt 200 ] && { echo "the supervisor in $1 did not start" >&2; exit 1; }
  sleep 0.05
done`;

/** The unit of a service. Restarts are never given up: systemd's own limit would leave the host without us. */
export function unitFile(name: ServiceName, root: string): string {
  const what = name === 'orlop-server' ? 'control plane' : 'node agent';
  return `[Unit]
Description=orlop ${what}
After=network-online.target docker.service
Wants=network-online.target
StartLimitIntervalSec=0

[Service]
ExecStart=${root}/services/${name}/run
Restart=always
RestartSec=100ms
KillMode=mixed
TimeoutStopSec=20
LimitNOFILE=1048576
OOMScoreAdjust=-900

[Install]
WantedBy=multi-user.target
`;
}
