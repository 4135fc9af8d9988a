import type { Binding, Pod } from '../../../kube/generated/types';
import { nodes, pods } from '../../../kube/resource';
import { labels as known } from '../../../kube/well-known';
import { type AdmissionPlugin, type AdmissionRequest, isOf } from '../plugin';

/** A pod that is put on a node learns from its own labels in which zone and region it runs. */
export const podTopologyLabels: AdmissionPlugin = {
  name: 'PodTopologyLabels',
  mutate(request) {
    const { operation, subresource, object } = request;
    if (operation !== 'CREATE' || !isOf(request, pods) || !object) return;
    if (subresource && subresource !== 'binding') return;
    const node = subresource ? (object as unknown as Binding).target?.name : (object as unknown as Pod).spec?.nodeName;
    const labels = node ? labelsOf(request, node) : {};
    if (Object.keys(labels).length) object.metadata.labels = { ...object.metadata.labels, ...labels };
  },
};

function labelsOf({ lookups }: AdmissionRequest, name: string): Record<string, string> {
  const node = lookups.get(nodes, { name });
  if (node === 'missing' || node === 'unknown') return {};
  const labels = node.metadata.labels ?? {};
  const topology = [known.zone, known.region].filter((key) => labels[key] !== undefined);
  return Object.fromEntries(topology.map((key) => [key, labels[key] as string]));
}
