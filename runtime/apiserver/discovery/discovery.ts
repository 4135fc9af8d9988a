import { createHash } from 'node:crypto';
import type { Kind } from '../../kube/kind';
import { apiVersionOf } from '../../kube/resource';
import type { KindCatalog } from '../catalog/catalog';

/** A resource or subresource as discovery lists it. */
interface ApiResource {
  name: string;
  singularName: string;
  namespaced: boolean;
  kind: string;
  group?: string;
  version?: string;
  verbs: string[];
  shortNames?: string[];
  categories?: string[];
  storageVersionHash?: string;
}

const allVerbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];

/** Subresources that belong to one kind alone. */
const ownSubresources: Record<string, Array<Omit<ApiResource, 'namespaced' | 'singularName'>>> = {
  '/namespaces': [{ name: 'finalize', kind: 'Namespace', verbs: ['update'] }],
  '/pods': [
    { name: 'binding', kind: 'Binding', verbs: ['create'] },
    { name: 'eviction', kind: 'Eviction', group: 'policy', version: 'v1', verbs: ['create'] },
    { name: 'exec', kind: 'PodExecOptions', verbs: ['create', 'get'] },
    { name: 'log', kind: 'Pod', verbs: ['get'] },
  ],
  '/serviceaccounts': [
    { name: 'token', kind: 'TokenRequest', group: 'authentication.k8s.io', version: 'v1', verbs: ['create'] },
  ],
};

/** What is served, in the forms in which clients ask for it. */
export class Discovery {
  constructor(private readonly catalog: KindCatalog) {}

  private get kinds(): readonly Kind[] {
    return this.catalog.list();
  }

  /** `/api`. */
  core(serverAddress: string): Typed {
    return typed({
      kind: 'APIVersions',
      apiVersion: 'v1',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
    });
  }

  /** `/apis`. */
  groups(): Typed {
    const groups = this.groupNames().map((name) => this.describe(name));
    return typed({ kind: 'APIGroupList', apiVersion: 'v1', groups });
  }

  /** `/apis/<group>`; undefined for a group that is not served. */
  group(name: string): Typed | undefined {
    if (!this.groupNames().includes(name)) return undefined;
    return typed({ kind: 'APIGroup', apiVersion: 'v1', ...this.describe(name) });
  }

  /** `/api/v1`, `/apis/<group>/<version>`; undefined for one that is not served. */
  resources(group: string, version: string): Typed | undefined {
    const kinds = this.kindsOf(group, version);
    if (kinds.length === 0) return undefined;
    return typed({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: apiVersionOf({ group, version }),
      resources: kinds.flatMap((kind) => [mainResource(kind), ...subresources(kind)]),
    });
  }

  /** `/api` and `/apis` in one answer each (apidiscovery.k8s.io); its two versions differ in nothing else. */
  aggregated(core: boolean, version: 'v2' | 'v2beta1'): unknown {
    const names = core ? [''] : this.groupNames();
    return {
      kind: 'APIGroupDiscoveryList',
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: names.map((group) => ({
        metadata: { name: group, creationTimestamp: null },
        versions: this.versionsOf(group).map((version) => ({
          version,
          freshness: 'Current',
          resources: this.kindsOf(group, version).map(aggregatedResource),
        })),
      })),
    };
  }

  private groupNames(): string[] {
    return [...new Set(this.kinds.map(({ resource }) => resource.group))].filter((group) => group !== '');
  }

  /** By name: clients list several resources in this order. */
  private kindsOf(group: string, version: string): Kind[] {
    return this.kinds
      .filter(({ resource }) => resource.group === group && resource.version === version)
      .sort((a, b) => (a.resource.plural < b.resource.plural ? -1 : 1));
  }

  private versionsOf(group: string): string[] {
    return [...new Set(this.kinds.filter((k) => k.resource.group === group).map((k) => k.resource.version))];
  }

  private describe(name: string) {
    const versions = this.versionsOf(name).map((version) => ({ groupVersion: `${name}/${version}`, version }));
    return { name, versions, preferredVersion: versions[0] };
  }
}

/** An answer of discovery; it has its kind and version as an object has. */
export type Typed = { apiVersion: string; kind: string };

function typed<T extends Typed>(answer: T): Typed {
  return answer;
}

function mainResource(kind: Kind): ApiResource {
  const { resource, singular, shortNames, categories, verbs = allVerbs } = kind;
  return {
    name: resource.plural,
    singularName: singular,
    namespaced: resource.namespaced,
    kind: resource.kind,
    verbs,
    ...(shortNames.length ? { shortNames } : {}),
    ...(categories.length ? { categories } : {}),
    ...(verbs.includes('update') ? { storageVersionHash: storageVersionHash(kind) } : {}),
  };
}

/** Changes when the objects of a kind are stored in another version; clients may compare it and no more. */
function storageVersionHash({ resource, storage }: Kind): string {
  const { group, version, kind } = storage?.resource ?? resource;
  return createHash('sha256').update(`${group}/${version}/${kind}`).digest().toString('base64', 0, 8);
}

function subresources(kind: Kind): ApiResource[] {
  const { resource } = kind;
  const own: Array<Omit<ApiResource, 'namespaced' | 'singularName'>> = [
    ...(ownSubresources[`${resource.group}/${resource.plural}`] ?? []),
  ];
  const verbs = ['get', 'patch', 'update'];
  if (kind.subresources.status) own.push({ name: 'status', kind: resource.kind, verbs });
  for (const name of Object.keys(kind.writePaths ?? {})) own.push({ name, kind: resource.kind, verbs });
  if (kind.subresources.scale) own.push({ name: 'scale', kind: 'Scale', group: 'autoscaling', version: 'v1', verbs });
  return own.map((sub) => ({
    ...sub,
    name: `${resource.plural}/${sub.name}`,
    singularName: '',
    namespaced: resource.namespaced,
  }));
}

function aggregatedResource(kind: Kind) {
  const { resource } = kind;
  const scope = resource.namespaced ? 'Namespaced' : 'Cluster';
  const { group, version } = resource;
  const main = mainResource(kind);
  const subs = subresources(kind).map((sub) => ({
    subresource: sub.name.split('/')[1],
    responseKind: { group: sub.group ?? group, version: sub.version ?? version, kind: sub.kind },
    verbs: sub.verbs,
  }));
  return {
    resource: main.name,
    responseKind: { group, version, kind: resource.kind },
    scope,
    singularResource: main.singularName,
    verbs: main.verbs,
    ...(main.shortNames ? { shortNames: main.shortNames } : {}),
    ...(main.categories ? { categories: main.categories } : {}),
    ...(subs.length ? { subresources: subs } : {}),
  };
}
