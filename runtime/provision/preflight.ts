import type { HostFacts } from './host-facts';
import { neededTools, packagesOf } from './host-tools';

export type PreflightCode = 'unsupported-host' | 'not-root' | 'no-docker' | 'disk-full' | 'missing-tools';

/** The host cannot take the runtime as it is; nothing has been changed on it. */
export class PreflightError extends Error {
  constructor(
    readonly code: PreflightCode,
    message: string,
  ) {
    super(message);
    this.name = 'PreflightError';
  }
}

/** Left free beside what is written: logs, state and configuration need some, and a full disk stops Docker too. */
const reserveBytes = 64 * 1024 * 1024;

/**
 * The first reason why the host cannot take the runtime, or undefined.
 * @param target names the host in messages
 * @param neededBytes what would be written
 */
export function preflight(facts: HostFacts, target: string, neededBytes: number): PreflightError | undefined {
  if (facts.kernel !== 'Linux') {
    return new PreflightError('unsupported-host', `${target} runs ${facts.kernel}; nodes must run Linux.`);
  }
  if (!facts.arch) {
    return new PreflightError(
      'unsupported-host',
      `${target} is a ${facts.machine} machine; nodes must be x86_64 or aarch64. Use a host of one of these.`,
    );
  }
  if (facts.musl) {
    return new PreflightError(
      'unsupported-host',
      `${target} runs ${facts.os}, whose C library is musl; the runtime needs glibc 2.28 or later. Use Debian, Ubuntu, Fedora or the like.`,
    );
  }
  if (facts.uid !== 0) {
    return new PreflightError(
      'not-root',
      `the user on ${target} is neither root nor may use sudo without a password. Log in as root, or allow it with ` +
        '"<user> ALL=(ALL) NOPASSWD:ALL" in /etc/sudoers.d.',
    );
  }
  const missing = neededTools(facts.missingTools);
  // apt installs them as a step of its own.
  if (missing.length > 0 && facts.packageManager !== 'apt') {
    return new PreflightError(
      'missing-tools',
      `${target} lacks the programs ${missing.join(', ')}. Install them (Debian's packages of them are ` +
        `${packagesOf(missing).join(', ')}) and run again.`,
    );
  }
  if (!facts.docker.installed) {
    return new PreflightError(
      'no-docker',
      `${target} has no Docker Engine. Install one (on Debian: apt-get install docker.io) and run again.`,
    );
  }
  if (!facts.docker.running) {
    return new PreflightError(
      'no-docker',
      `the Docker Engine of ${target} does not answer on /var/run/docker.sock. Start it (systemctl start docker) and run again.`,
    );
  }
  if (neededBytes > 0 && facts.disk.availableBytes < neededBytes + reserveBytes) {
    return new PreflightError(
      'disk-full',
      `the disk of ${target} is too full: ${facts.disk.path} has ${facts.disk.availableBytes} bytes available, ` +
        `${neededBytes + reserveBytes} are needed. Free space there and run again.`,
    );
  }
  return undefined;
}
