import { CommandError, type Exec } from './exec';
import { bridge } from './pod-link';

export const baseTable = 'orlop_pods';

/** What pods need of the node whatever Services there are: a source address that the world outside can answer to. */
export function baseRules(podCidr: string, podCidrs: readonly string[]): string {
  return `add table ip ${baseTable}
delete table ip ${baseTable}
table ip ${baseTable} {
  set pod_cidrs {
    type ipv4_addr
    flags interval
    auto-merge
    elements = { ${[...new Set([podCidr, ...podCidrs])].sort().join(', ')} }
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    ip saddr ${podCidr} ip daddr != @pod_cidrs ip daddr != 224.0.0.0/4 oifname != "${bridge}" masquerade fully-random
  }
}
`;
}

/**
 * Lets pods' packets pass a FORWARD chain that drops by default, as Docker's does. Nothing to do where iptables is not
 * installed. What others make of the chain later (a firewall that reloads) is set right by the next call.
 */
export async function acceptForwarding(exec: Exec): Promise<void> {
  for (const direction of ['-i', '-o']) {
    const rule = [direction, bridge, '-m', 'comment', '--comment', 'orlop pods', '-j', 'ACCEPT'];
    try {
      await exec(['iptables', '-w', '5', '-C', 'FORWARD', ...rule]);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error.missing) return;
      await exec(['iptables', '-w', '5', '-I', 'FORWARD', '1', ...rule]);
    }
  }
}

/** Takes back what `acceptForwarding` and the base rules made. */
export async function removeBase(exec: Exec): Promise<void> {
  await exec(['nft', '-f', '-'], { input: `add table ip ${baseTable}\ndelete table ip ${baseTable}\n` });
  for (const direction of ['-i', '-o']) {
    const rule = [direction, bridge, '-m', 'comment', '--comment', 'orlop pods', '-j', 'ACCEPT'];
    await exec(['iptables', '-w', '5', '-D', 'FORWARD', ...rule]).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
    });
  }
}
