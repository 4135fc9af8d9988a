import { readFileSync } from 'node:fs';
import type { Clock } from '../../util/clock';
import { parseResolvConf } from './resolv-conf';

const rereadMs = 5_000;

/**
 * The servers that the node itself asks, from its resolv.conf; read again every 5 s, since DHCP and VPNs change it.
 * @param own addresses to leave out: cluster DNS would ask itself
 */
export function nodeUpstreams(clock: Clock, own: readonly string[], file = '/etc/resolv.conf'): () => string[] {
  let upstreams: string[] = [];
  let readAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = clock.monotonic();
    if (now - readAt >= rereadMs) {
      readAt = now;
      try {
        upstreams = parseResolvConf(readFileSync(file, 'utf8')).nameservers.filter((server) => !own.includes(server));
      } catch {
        // Missing for a moment while it is replaced: what was there last holds.
      }
    }
    return upstreams;
  };
}
