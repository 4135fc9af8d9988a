import type { FilterPlugin } from '../plugin';

const reasonPorts = "node(s) didn't have free ports for the requested pod ports";

/** A host port is given to one pod a node. */
export const nodePorts: FilterPlugin = {
  name: 'NodePorts',
  filter({ hostPorts }) {
    if (hostPorts.length === 0) return undefined;
    return (node) => (hostPorts.some((port) => node.portTaken(port)) ? [reasonPorts] : undefined);
  },
};
