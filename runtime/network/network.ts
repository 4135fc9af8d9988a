import type { EndpointSlice, Node, Service } from '../kube/generated/types';

/** What the agent needs of the node's network. The Linux implementation drives ip and nftables; the fake one records. */
export interface NodeNetwork {
  /** Makes the bridge and the rules that do not change. Idempotent; called at each start of the agent. */
  setUp(podCidr: string): Promise<void>;
  /**
   * Gives the network namespace of process `pid` its loopback, a veth to the bridge and an address of the pod CIDR.
   * The same `podUid` gets the address it had before, so it can be called again after a restart.
   */
  attach(podUid: string, pid: number): Promise<{ ip: string }>;
  /** Frees the address and what is left of the veth; a pod never attached is success. */
  detach(podUid: string): Promise<void>;
  /** The pods that hold an address now; the agent detaches those that are gone. */
  attached(): Promise<Array<{ podUid: string; ip: string }>>;
  /** Routes to the pod CIDRs of the other nodes: direct where they share a link, VXLAN where they do not. */
  syncRoutes(nodes: Node[]): Promise<void>;
  /** Programs service addresses, node ports and endpoints in one atomic step. */
  syncServices(services: Service[], slices: EndpointSlice[]): Promise<void>;
  /** Takes away everything that this made on the node. */
  tearDown(): Promise<void>;
}

/** Cluster DNS of one node: answers for services and pods, forwards the rest. */
export interface DnsServer {
  listen(address: string, port: number): Promise<void>;
  /** What is answered from now on. */
  update(services: Service[], slices: EndpointSlice[]): void;
  close(): Promise<void>;
}
