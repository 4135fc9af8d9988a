import { canonicalJson } from '../../kube/canonical-json';
import type { EndpointAddress, EndpointSubset } from '../../kube/generated/types';

type EndpointPort = NonNullable<EndpointSubset['ports']>[number];

/** Addresses by IP and pod, and whether each is ready. */
type Addresses = Map<string, boolean>;

/**
 * Subsets in the one form that says the same: each port stands with all addresses that have it, and ports of the same
 * addresses stand together. An address that is given twice is the first one, and not ready where either is not.
 */
export function repack(subsets: readonly EndpointSubset[]): EndpointSubset[] {
  const known = new Map<string, EndpointAddress>();
  const byPort = new Map<string, { port?: EndpointPort; addresses: Addresses }>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    for (const port of ports.length > 0 ? ports : [undefined]) {
      const key = canonicalJson(port ?? null);
      const entry = byPort.get(key) ?? { port, addresses: new Map() };
      byPort.set(key, entry);
      const note = (address: EndpointAddress, ready: boolean) => {
        const id = `${address.ip} ${address.targetRef?.uid ?? ''}`;
        if (!known.has(id)) known.set(id, address);
        entry.addresses.set(id, ready && entry.addresses.get(id) !== false);
      };
      for (const address of addresses) note(address, true);
      for (const address of notReadyAddresses) note(address, false);
    }
  }
  const byAddresses = new Map<string, { ports: EndpointPort[]; addresses: Addresses }>();
  for (const { port, addresses } of byPort.values()) {
    const key = canonicalJson([...addresses].sort(([a], [b]) => (a < b ? -1 : 1)));
    const entry = byAddresses.get(key) ?? { ports: [], addresses };
    byAddresses.set(key, entry);
    if (port) entry.ports.push(port);
  }
  return [...byAddresses.values()].map(({ ports, addresses }) => {
    const those = (ready: boolean) =>
      [...addresses]
        .filter(([, is]) => is === ready)
        .map(([id]) => id)
        .sort()
        .map((id) => known.get(id) as EndpointAddress);
    return { addresses: those(true), notReadyAddresses: those(false), ports };
  });
}
