import { duplicate, forbidden, invalid } from '../../field-errors';
import type { Node } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { conditionOf } from '../../pod-status';
import { nodes } from '../../resource';
import { equalJson } from '../../schema-engine';
import { labels } from '../../well-known';
import { isCidr } from '../shared/cidr';
import { ageColumn, nameColumn, none, textColumn, wide } from '../shared/columns';
import { defaultEmpty } from '../shared/defaulting';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { checkAmount } from './pod/validate-resources';
import { checkTaints } from './pod/validate-scheduling';

const unknown = '<unknown>';

export const nodeKind: Kind<Node> = {
  resource: nodes,
  singular: 'node',
  shortNames: ['no'],
  categories: [],
  schema: builtInSchema(nodes),
  subresources: { status: true },
  applyDefaults({ spec, status }) {
    if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
    if (spec?.podCIDR && !spec.podCIDRs?.length) spec.podCIDRs = [spec.podCIDR];
    if (spec?.podCIDRs?.[0]) defaultEmpty(spec, 'podCIDR', spec.podCIDRs[0]);
  },
  // A node registers itself with its status, so a create keeps it.
  prepareForUpdate(node, old) {
    node.status = old.status;
  },
  prepareForStatusUpdate(node, old) {
    node.spec = old.spec;
  },
  validate: checkNode,
  validateUpdate: checkUpdate,
  validateStatusUpdate: (node, old) => [...checkObjectMetaUpdate(node.metadata, old.metadata), ...checkStatus(node)],
  columns: [
    nameColumn(),
    textColumn('Status', 'Ready or not, and whether pods may be scheduled.', statusText),
    textColumn('Roles', 'Roles that labels give the node.', rolesText),
    ageColumn(),
    textColumn('Version', 'Version of the agent.', ({ status }) => status?.nodeInfo?.kubeletVersion ?? ''),
    wide(textColumn('Internal-IP', 'Address inside the cluster.', (node) => address(node, 'InternalIP'))),
    wide(textColumn('External-IP', 'Address from outside.', (node) => address(node, 'ExternalIP'))),
    wide(textColumn('OS-Image', 'Operating system.', ({ status }) => status?.nodeInfo?.osImage || unknown)),
    wide(textColumn('Kernel-Version', 'Kernel.', ({ status }) => status?.nodeInfo?.kernelVersion || unknown)),
    wide(
      textColumn(
        'Container-Runtime',
        'Container engine.',
        ({ status }) => status?.nodeInfo?.containerRuntimeVersion || unknown,
      ),
    ),
  ],
  selectableFields: { 'spec.unschedulable': ({ spec }) => String(spec?.unschedulable ?? false) },
};

function statusText(node: Node): string {
  const ready = conditionOf(node, 'Ready');
  const text = ready === undefined ? 'Unknown' : ready.status === 'True' ? 'Ready' : 'NotReady';
  return node.spec?.unschedulable ? `${text},SchedulingDisabled` : text;
}

function rolesText({ metadata }: Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(labels.nodeRolePrefix)) roles.add(key.slice(labels.nodeRolePrefix.length));
    else if (key === labels.nodeRole && value) roles.add(value);
  }
  roles.delete('');
  return [...roles].sort().join(',') || none;
}

function address({ status }: Node, type: string): string {
  return status?.addresses?.find((candidate) => candidate.type === type)?.address ?? none;
}

function checkNode(node: Node): FieldError[] {
  const { podCIDRs = [], podCIDR } = node.spec ?? {};
  const errors = [
    ...checkObjectMeta(node.metadata, { namespaced: false, name: nameRules.subdomain }),
    ...checkTaints(node.spec?.taints, 'spec.taints'),
    ...checkStatus(node),
  ];
  for (const [index, cidr] of podCIDRs.entries()) {
    if (!isCidr(cidr)) {
      const detail = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
      errors.push(invalid(`spec.podCIDRs[${index}]`, cidr, detail));
    }
  }
  if (podCIDR && podCIDRs[0] !== podCIDR) {
    errors.push(invalid('spec.podCIDRs', podCIDRs, 'first value must match `podCIDR`'));
  }
  return errors;
}

function checkStatus({ status }: Node): FieldError[] {
  const seen = new Set<string>();
  const errors = (['capacity', 'allocatable'] as const).flatMap((list) =>
    Object.entries(status?.[list] ?? {}).flatMap(([name, value]) =>
      checkAmount(`status.${list}[${name}]`, name, value),
    ),
  );
  for (const [index, entry] of (status?.addresses ?? []).entries()) {
    const text = `${entry.type} ${entry.address}`;
    if (seen.has(text)) errors.push(duplicate(`status.addresses[${index}]`, entry));
    seen.add(text);
  }
  return errors;
}

function checkUpdate(node: Node, old: Node): FieldError[] {
  const errors = checkObjectMetaUpdate(node.metadata, old.metadata);
  const spec = node.spec ?? {};
  const before = old.spec ?? {};
  if (before.podCIDRs?.length && !equalJson(spec.podCIDRs ?? [], before.podCIDRs)) {
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if (before.providerID && spec.providerID !== before.providerID) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return errors;
}
