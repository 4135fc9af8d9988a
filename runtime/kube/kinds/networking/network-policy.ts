import { forbidden, invalid, notSupported, required } from '../../field-errors';
import type { IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkPortName, checkPortNumber } from '../../names';
import { networkPolicies } from '../../resource';
import { equalJson } from '../../schema-engine';
import { formatLabelSelector } from '../../selector';
import { checkCidr, isStrictSubset } from '../shared/cidr';
import { ageColumn, nameColumn, orNone, textColumn } from '../shared/columns';
import { defaultEmpty, ensure } from '../shared/defaulting';
import { checkLabelSelector } from '../shared/labels';
import { checked } from '../shared/limits';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';
import { countGeneration } from '../shared/strategy';

const protocols = ['TCP', 'UDP', 'SCTP'];
const policyTypes = ['Ingress', 'Egress'];

export const networkPolicyKind: Kind<NetworkPolicy> = {
  resource: networkPolicies,
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  categories: [],
  schema: builtInSchema(networkPolicies),
  subresources: {},
  applyDefaults(policy) {
    const spec = ensure(policy, 'spec');
    ensure(spec, 'podSelector');
    for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
      for (const port of rule.ports ?? []) defaultEmpty(port, 'protocol', 'TCP');
    }
    // A policy is always about what comes in; about what goes out, when it has rules for that.
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
  },
  prepareForCreate(policy) {
    policy.metadata.generation = 1;
  },
  prepareForUpdate: (policy, old) => countGeneration(policy, old, equalJson(policy.spec, old.spec)),
  validate: ({ metadata, spec = {} }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkLabelSelector(spec.podSelector, 'spec.podSelector'),
    ...(spec.ingress ?? []).flatMap((rule, index) =>
      checkRule(rule.ports, rule.from, `spec.ingress[${index}]`, 'from'),
    ),
    ...(spec.egress ?? []).flatMap((rule, index) => checkRule(rule.ports, rule.to, `spec.egress[${index}]`, 'to')),
    ...checkTypes(spec.policyTypes ?? []),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  columns: [
    nameColumn(),
    textColumn('Pod-Selector', 'Pods that the policy is about.', ({ spec }) =>
      orNone(formatLabelSelector(spec?.podSelector)),
    ),
    ageColumn(),
  ],
};

function checkTypes(types: string[]): FieldError[] {
  if (types.length > policyTypes.length) {
    return [invalid('spec.policyTypes', types, 'may not specify more than two policyTypes')];
  }
  return types.flatMap((type, index) =>
    policyTypes.includes(type) ? [] : [notSupported(`spec.policyTypes[${index}]`, type, policyTypes)],
  );
}

function checkRule(
  ports: NetworkPolicyPort[] | undefined,
  peers: NetworkPolicyPeer[] | undefined,
  field: string,
  direction: string,
): FieldError[] {
  return [
    ...(ports ?? []).flatMap((port, index) => checkPort(port, `${field}.ports[${index}]`)),
    ...(peers ?? []).flatMap((peer, index) => checkPeer(peer, `${field}.${direction}[${index}]`)),
  ];
}

function checkPort({ protocol, port, endPort }: NetworkPolicyPort, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (protocol !== undefined && !protocols.includes(protocol)) {
    errors.push(notSupported(`${field}.protocol`, protocol, protocols));
  }
  if (typeof port === 'number') {
    errors.push(...checked(`${field}.port`, port, checkPortNumber(port)));
    if (endPort === undefined) return errors;
    if (endPort < port) errors.push(invalid(`${field}.endPort`, endPort, 'must be greater than or equal to `port`'));
    return [...errors, ...checked(`${field}.endPort`, endPort, checkPortNumber(endPort))];
  }
  if (endPort !== undefined) {
    const why = port === undefined ? 'not specified' : 'non-numeric';
    errors.push(invalid(`${field}.endPort`, endPort, `may not be specified when \`port\` is ${why}`));
  }
  return port === undefined ? errors : [...errors, ...checked(`${field}.port`, port, checkPortName(port))];
}

function checkPeer({ podSelector, namespaceSelector, ipBlock }: NetworkPolicyPeer, field: string): FieldError[] {
  if (!podSelector && !namespaceSelector && !ipBlock) return [required(field, 'must specify a peer')];
  const errors = [
    ...checkLabelSelector(podSelector, `${field}.podSelector`),
    ...checkLabelSelector(namespaceSelector, `${field}.namespaceSelector`),
    ...(ipBlock ? checkBlock(ipBlock, `${field}.ipBlock`) : []),
  ];
  if (ipBlock && (podSelector || namespaceSelector)) {
    errors.push(forbidden(field, 'may not specify both ipBlock and another peer'));
  }
  return errors;
}

function checkBlock({ cidr, except = [] }: IPBlock, field: string): FieldError[] {
  if (!cidr) return [required(`${field}.cidr`)];
  const errors = checkCidr(`${field}.cidr`, cidr);
  if (errors.length) return errors;
  return except.flatMap((inner, index) => {
    const at = `${field}.except[${index}]`;
    const problems = checkCidr(at, inner);
    if (problems.length || isStrictSubset(inner, cidr)) return problems;
    return [invalid(at, inner, 'must be a strict subset of `cidr`')];
  });
}
