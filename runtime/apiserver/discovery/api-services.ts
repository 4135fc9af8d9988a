import type { APIService } from '../../kube/generated/types';
import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import type { KindCatalog } from '../catalog/catalog';
import type { ComputedResource } from '../registry/computed-resource';

/** Priorities of groups fall from here by the order in which they are preferred; those of custom kinds come last. */
const firstGroupPriority = 18_000;
const customGroupPriority = 1000;
const firstVersionPriority = 100;

/** apiregistration.k8s.io: every group in every version that is served, each by this server itself. */
export function localApiServices(catalog: KindCatalog): ComputedResource {
  return {
    async list(_namespace, name) {
      const all = servicesOf(catalog.list()) as unknown as AnyObject[];
      return name === undefined ? all : all.filter(({ metadata }) => metadata.name === name);
    },
  };
}

function servicesOf(kinds: readonly Kind[]): APIService[] {
  const groups = new Map<string, { versions: Set<string>; custom: boolean }>();
  for (const { resource, custom } of kinds) {
    const known = groups.get(resource.group) ?? { versions: new Set(), custom: true };
    known.versions.add(resource.version);
    known.custom &&= custom !== undefined;
    groups.set(resource.group, known);
  }
  return [...groups].flatMap(([group, { versions, custom }], index) =>
    [...versions].map((version, order) => ({
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: {
        name: `${version}.${group}`,
        labels: { 'kube-aggregator.kubernetes.io/automanaged': custom ? 'true' : 'onstart' },
      },
      spec: {
        ...(group === '' ? {} : { group }),
        version,
        groupPriorityMinimum: custom ? customGroupPriority : firstGroupPriority - index * 100,
        versionPriority: firstVersionPriority - order,
      },
      status: {
        conditions: [
          {
            type: 'Available',
            status: 'True',
            reason: 'Local',
            message: 'Local APIServices are always available',
          },
        ],
      },
    })),
  );
}
