import type { Json } from '../../apiserver/harness';
import { type ConformanceCluster, eventsUntil, must } from './cluster';

/** What the API must be able to do with one resource, tried by `tryApiOperations`. */
export interface ApiOperations {
  /** `networking.k8s.io/v1`; `v1` for the core group. */
  groupVersion: string;
  plural: string;
  kind: string;
  /** Of resources that live in one. */
  namespace?: string;
  /** An object of a name of its own, without apiVersion and kind. */
  make(name: string): Json;
  /** @default `<plural>-a`, … */
  names?: [string, string, string];
  /** Of objects to which a controller adds something: whether it has. @default none does */
  settled?(object: Json): boolean;
  /** Subresources that are written beside the object: what each writes into the status. */
  status?: { path?: string; patch: Json; update: Json };
}

const label = 'conformance-test';

/** Where a resource is served: in the namespace, if it has one. */
export function pathOf({
  groupVersion,
  plural,
  namespace,
}: Pick<ApiOperations, 'groupVersion' | 'plural' | 'namespace'>) {
  return `${rootOf(groupVersion)}${namespace ? `/namespaces/${namespace}` : ''}/${plural}`;
}

function rootOf(groupVersion: string): string {
  return groupVersion.includes('/') ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
}

/**
 * The whole life of a resource's objects: found in discovery, created, read, listed, watched, patched, replaced, its
 * status written beside it, deleted one by one and as a collection. Leaves nothing behind.
 */
export async function tryApiOperations(cluster: ConformanceCluster, operations: ApiOperations): Promise<void> {
  const { server } = cluster;
  const { kind, groupVersion, namespace, plural } = operations;
  const path = pathOf(operations);
  const names = operations.names ?? (['a', 'b', 'c'].map((end) => `${plural}-${end}`) as [string, string, string]);
  const selected = `${path}?labelSelector=${label}%3D${plural}`;
  await findInDiscovery({ server }, operations);

  const watch = await server.watch(`${selected}&watch=true`);
  const made: Json[] = [];
  for (const name of names) {
    const object = operations.make(name);
    const metadata = { ...object.metadata, name, labels: { [label]: plural } };
    made.push(must(await server.post(path, { ...object, apiVersion: groupVersion, kind, metadata }), 201));
  }
  const [first] = names;
  const own = `${path}/${first}`;
  const { settled } = operations;
  for (const name of settled ? names : []) {
    await cluster.until(`${name} to settle`, async () => settled?.(must(await server.get(`${path}/${name}`))));
  }
  const read = must(await server.get(own));
  if (settled) expect(read.spec).toEqual(made[0].spec);
  else expect(read).toEqual(made[0]);
  expect(read).toMatchObject({ apiVersion: groupVersion, kind, metadata: { uid: expect.any(String) } });
  expect(must(await server.get(selected)).items.map((item: Json) => item.metadata.name)).toEqual([...names].sort());
  if (namespace) {
    const everywhere = must(await server.get(`${rootOf(groupVersion)}/${plural}?labelSelector=${label}%3D${plural}`));
    expect(everywhere.items).toHaveLength(names.length);
  }

  const patched = must(await server.patch(own, 'merge', { metadata: { annotations: { patched: 'true' } } }));
  expect(patched.metadata.annotations).toEqual({ patched: 'true' });
  patched.metadata.annotations.updated = 'true';
  const updated = must(await server.put(own, patched));
  expect(updated.metadata.annotations).toEqual({ patched: 'true', updated: 'true' });
  expect((await server.put(own, { ...patched, metadata: { ...patched.metadata, resourceVersion: '1' } })).status).toBe(
    409,
  );
  const seen = await eventsUntil(watch, ({ object }) => object.metadata.annotations?.updated === 'true');
  const types = seen.map(({ type }) => type);
  if (settled) expect(types.slice(-2)).toEqual(['MODIFIED', 'MODIFIED']);
  else expect(types).toEqual(['ADDED', 'ADDED', 'ADDED', 'MODIFIED', 'MODIFIED']);

  if (operations.status) await writeStatus({ server }, own, operations.status);

  must(await server.delete(own));
  expect((await server.get(own)).status).toBe(404);
  await eventsUntil(watch, ({ type, object }) => type === 'DELETED' && object.metadata.name === first);
  must(await server.delete(selected));
  expect(must(await server.get(selected)).items).toEqual([]);
  watch.close();
}

async function findInDiscovery(
  { server }: Pick<ConformanceCluster, 'server'>,
  { groupVersion, plural, kind, namespace, status }: ApiOperations,
): Promise<void> {
  const [group, version] = groupVersion.split('/');
  if (version) {
    const groups = must(await server.get('/apis')).groups;
    const found = groups.find((each: Json) => each.name === group);
    expect(found.versions).toContainEqual({ groupVersion, version });
    expect(must(await server.get(`/apis/${group}`))).toMatchObject({ kind: 'APIGroup', name: group });
  }
  const { resources } = must(await server.get(rootOf(groupVersion)));
  const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
  expect(resources).toContainEqual(
    expect.objectContaining({ name: plural, kind, namespaced: Boolean(namespace), verbs }),
  );
  if (!status) return;
  const sub = { name: `${plural}/${status.path ?? 'status'}`, kind, verbs: ['get', 'patch', 'update'] };
  expect(resources).toContainEqual(expect.objectContaining(sub));
}

/** Writes the status by itself, in every way; a write of the object leaves it alone. */
export async function writeStatus(
  { server }: Pick<ConformanceCluster, 'server'>,
  own: string,
  { path = 'status', patch, update }: NonNullable<ApiOperations['status']>,
): Promise<void> {
  const sub = `${own}/${path}`;
  const patched = must(await server.patch(sub, 'merge', { status: patch }));
  expect(patched.status).toMatchObject(patch);
  const read = must(await server.get(sub));
  expect(read).toEqual(patched);
  const updated = must(await server.put(sub, { ...read, status: { ...read.status, ...update } }));
  expect(updated.status).toMatchObject(update);
  expect(updated.spec).toEqual(patched.spec);
  const { status: _, ...rest } = updated;
  const written = must(await server.put(own, { ...rest, status: {} }));
  expect(written.status).toEqual(updated.status);
}
