import type { Connection } from './connection';
import { neededTools, packagesOf } from './host-tools';
import { PreflightError } from './preflight';

/** $1: `update`, to fetch the lists where a package is not in those that the host has; $2, $3, …: packages. */
const aptInstall = `export DEBIAN_FRONTEND=noninteractive
dpkg --configure -a >/dev/null 2>&1
install() { apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"; }
update=$1
shift
install "$@" >/dev/null 2>&1 && exit 0
[ -n "$update" ] && apt-get update -q -o DPkg::Lock::Timeout=120 >&2 && install "$@" >&2`;

/**
 * Installs the packages of missing programs from the distribution (Debian, Ubuntu and their like). Repeatable: apt
 * itself keeps two runs apart, and what a killed one left half-configured, dpkg finishes first.
 * @throws PreflightError with what apt-get said, when a program is needed that could not be installed
 */
export async function installTools(connection: Connection, missing: readonly string[], target: string): Promise<void> {
  const packages = packagesOf(missing);
  const needed = neededTools(missing).length > 0;
  // What is only useful is not worth the minutes for which apt-get tries to reach its servers.
  const argv = ['sh', '-c', aptInstall, 'sh', needed ? 'update' : '', ...packages];
  const result = await connection.run(argv, { timeoutMs: 300_000 });
  if (result.code === 0 || !needed) return;
  const said = result.stderr
    .split('\n')
    .filter((line) => /^[EW]: /.test(line))
    .slice(0, 3)
    .join(' ');
  throw new PreflightError(
    'missing-tools',
    `${target} lacks the packages ${packages.join(', ')}, and apt-get could not install them` +
      `${said ? ` (${said})` : ''}. Install them and run again.`,
  );
}
