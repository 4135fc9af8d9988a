import { hostPaths, hostRoot } from '../config/config';
import { type Clock, systemClock } from '../util/clock';
import type { Connection } from './connection';
import { EngineHttp } from './engine-http';
import { hostFacts } from './host-facts';
import { withHostLock } from './host-lock';
import { mustRun } from './host-run';
import { serviceManagerFor } from './installer';
import { serviceNames } from './services/service-manager';

export interface UninstallOptions {
  root?: string;
  clock?: Clock;
  holder?: string;
  onStep?: (step: string) => void;
  /** The host's Docker Engine. @default /var/run/docker.sock */
  dockerSocket?: string;
}

/** What is ours below the root: the root itself may be a mount, with the host's own files in it. */
const ownParts = ['services', 'config', 'agent', 'server', 'runtime'];

/**
 * $1: root; the rest: folders below it. What is mounted for pods may be a folder of the host's own: it is unmounted,
 * the last mounted first, before anything is removed.
 */
const removeFiles = `root=$1
shift
mounted=
while read -r _ _ _ _ at _; do
  case $at in "$root"/agent/*) mounted="$at
$mounted" ;; esac
done < /proc/self/mountinfo
printf %s "$mounted" | while read -r at; do
  umount -l -- "$(printf %b "$at")" || exit 1
done || exit 1
for part in "$@"; do rm -rf -- "$root/$part"; done
rm -f -- "$root"/logs/orlop-* "$root/.lock"
rmdir -- "$root/logs" "$root" 2>/dev/null
exit 0`;

/**
 * Takes everything of ours off a host: processes, pods' containers, network, files. Drain the node first: this ends its
 * pods at once. Safe to repeat; a host without us is success.
 */
export async function uninstall(connection: Connection, options: UninstallOptions = {}): Promise<void> {
  const root = options.root ?? hostRoot;
  const step = options.onStep ?? (() => undefined);
  const paths = hostPaths(root);
  const facts = await hostFacts(connection, root);
  const there = await connection.run(['test', '-d', paths.runtime]);
  const holder = options.holder ?? `process ${process.pid}`;
  await withHostLock(connection, `${root}/.lock`, { clock: options.clock ?? systemClock, holder }, async () => {
    const manager = serviceManagerFor(connection, facts, root);
    for (const name of serviceNames) {
      step(`stop ${name}`);
      await manager.remove(name);
    }
    step('remove pods');
    if (facts.docker.running) await removeContainers(connection, options.dockerSocket ?? '/var/run/docker.sock');
    if (there.code === 0) {
      step('remove the pod network');
      // Best effort: a runtime that was never whole cannot clean up, and then has made no network either.
      const argv = [
        `${paths.current}/node`,
        `${paths.current}/orlop.js`,
        'node-cleanup',
        '--config',
        paths.agentConfig,
      ];
      await connection.run(argv, { timeoutMs: 30_000 });
    }
    step('remove files');
    await mustRun(connection, ['sh', '-c', removeFiles, 'sh', root, ...ownParts], 'removing files');
  });
  // The lock's own file has been opened again by a holder that waited, at most.
  await connection.run(['sh', '-c', 'rm -f -- "$1/.lock"; rmdir -- "$1" 2>/dev/null; exit 0', 'sh', root]);
}

async function removeContainers(connection: Connection, socketPath: string): Promise<void> {
  const engine = new EngineHttp(() => connection.forward({ socketPath }));
  const filters = encodeURIComponent(JSON.stringify({ label: ['dev.orlop.role'] }));
  const found = await engine.json<Array<{ Id: string }>>('GET', `/containers/json?all=1&filters=${filters}`);
  await Promise.all(
    found.map(({ Id }) => engine.json('DELETE', `/containers/${Id}?force=1&v=1`, { accept: [404, 409] })),
  );
}
