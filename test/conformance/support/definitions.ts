import type { Json } from '../../apiserver/harness';
import type { ConformanceCluster } from './cluster';
import { must } from './cluster';

export const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

let count = 0;

/** A definition with names of its own; `versions` have the schema given, or keep whatever they are sent. */
export function newDefinition({
  schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } as object,
  versions = ['v1'],
  group = `g${++count}.example.com`,
  scope = 'Namespaced',
  version = {} as object,
} = {}): Json {
  const plural = `noxus${++count}`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { suite: 'crd' } },
    spec: {
      group,
      scope,
      names: { plural, singular: `noxu${count}`, kind: `WishIHadChosenNoxu${count}`, listKind: `NoxuItemList${count}` },
      versions: versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: schema },
        ...version,
      })),
    },
  };
}

/** Creates a definition and waits until it is established. */
export async function define(cluster: ConformanceCluster, definition: Json): Promise<Json> {
  must(await cluster.server.post(definitions, definition), 201);
  return untilDefinition(cluster, definition.metadata.name, (found) => conditionOf(found, 'Established') === 'True');
}

export function untilDefinition(
  cluster: ConformanceCluster,
  name: string,
  wanted: (definition: Json) => boolean,
): Promise<Json> {
  return cluster.until(`the definition ${name}`, async () => {
    const { status, json } = await cluster.server.get(`${definitions}/${name}`);
    return status === 200 && wanted(json) && json;
  });
}

export async function remove(cluster: ConformanceCluster, definition: Json): Promise<void> {
  const path = `${definitions}/${definition.metadata.name}`;
  must(await cluster.server.delete(path));
  await cluster.until(`${definition.metadata.name} to go`, async () => (await cluster.server.get(path)).status === 404);
}

export function conditionOf(definition: Json, type: string): string | undefined {
  return definition.status?.conditions?.find((each: Json) => each.type === type)?.status;
}

/** Where the objects of a definition are. */
export function pathOf({ spec }: Json, namespace?: string, version = spec.versions[0].name): string {
  const root = `/apis/${spec.group}/${version}`;
  return namespace ? `${root}/namespaces/${namespace}/${spec.names.plural}` : `${root}/${spec.names.plural}`;
}

export function objectOf({ spec }: Json, name: string, content: object = {}, version = spec.versions[0].name): Json {
  return { apiVersion: `${spec.group}/${version}`, kind: spec.names.kind, metadata: { name }, ...content };
}
