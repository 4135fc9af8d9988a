import { readFileSync } from 'node:fs';

const capSysResource = 1n << 24n;

/**
 * The lowest oom_score_adj that a container can be given on this host. Without CAP_SYS_RESOURCE (an engine inside a
 * container) nobody may go below what he has himself, and runc fails where it is asked to.
 */
export function lowestOomScoreAdj(): number {
  try {
    const capabilities = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
    if (BigInt(`0x${capabilities}`) & capSysResource) return -1000;
    return Number(readFileSync('/proc/self/oom_score_adj', 'utf8'));
  } catch {
    return 0;
  }
}
