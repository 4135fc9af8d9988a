import { UnreachableError } from '../../../client/client';
import type { AnyObject } from '../../../kube/object';
import type { Resource } from '../../../kube/resource';
import { equalJson } from '../../../kube/schema-engine';
import { isStatusError } from '../../../kube/status-error';
import { ConnectionError } from '../../../provision/connection';
import type { DeleteContext, ReadContext, ResourceLogic } from '../../protocol/resource';
import { Dynamic, type Value } from '../../protocol/value';
import type { ClusterAccess } from '../cluster-access';
import type { objectSchema } from '../schema/object';
import type { OrlopSession } from '../session';
import { applyObject, requireCluster } from './apply-object';
import { liveManifest } from './drift';
import { checkIdentity, describe, identityOf, toJson, withoutServerFields } from './manifest';
import type { ObjectState } from './object-state';
import { planObject } from './plan-object';

type Attributes = typeof objectSchema.attributes;

/** An object of the API, kept by server-side apply. */
export const objectLogic: ResourceLogic<Attributes, OrlopSession> = {
  validate({ config, diagnostics }) {
    checkIdentity(config.manifest, diagnostics);
    const manifest = identityOf(config.manifest);
    if (manifest && manifest.kind !== 'Secret' && config.data_wo !== null) {
      diagnostics.error('data_wo is for Secrets', `The manifest is a ${manifest.kind}: leave data_wo out.`, [
        'data_wo',
      ]);
    }
  },
  plan: planObject,
  async create(context) {
    return (await applyObject(context, context.planned as ObjectState, null)) as ObjectState;
  },
  async update(context) {
    return (await applyObject(context, context.planned as ObjectState, context.prior)) as ObjectState;
  },
  read: readObject,
  delete: deleteObject,

  async import(id): Promise<Partial<ObjectState>> {
    const { apiVersion, kind, namespace, name } = parseImportId(id);
    const manifest = { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) } };
    return { manifest: Dynamic.of(manifest), force_conflicts: false, wait: true, timeout_seconds: 300 };
  },
};

/** `apps/v1/Deployment/default/web`, `v1/ConfigMap/default/app`, `v1/Namespace/shop`. @throws Error saying the form */
function parseImportId(id: string): { apiVersion: string; kind: string; namespace?: string; name: string } {
  const parts = id.split('/');
  const at = parts.findIndex((part) => /^[A-Z]/.test(part));
  const [kind, ...rest] = parts.slice(Math.max(at, 0));
  const [namespace, name] = rest.length === 2 ? rest : [undefined, rest[0]];
  if (at < 1 || at > 2 || !kind || !name || rest.length > 2) {
    throw new Error(
      `the import id ${JSON.stringify(id)} must read apiVersion/Kind/namespace/name, ` +
        'such as apps/v1/Deployment/default/web, or apiVersion/Kind/name for an object without a namespace',
    );
  }
  return { apiVersion: parts.slice(0, at).join('/'), kind, name, ...(namespace ? { namespace } : {}) };
}

interface Found {
  cluster: ClusterAccess;
  resource: Resource;
  key: { namespace?: string; name: string };
  live: AnyObject;
}

/** The object in the cluster; undefined where it, or its kind, is gone. */
async function find(cluster: ClusterAccess, manifest: AnyObject): Promise<Found | undefined> {
  const resource = await cluster.kinds.find(manifest.apiVersion, manifest.kind);
  if (!resource) return undefined;
  const namespace = resource.namespaced ? (manifest.metadata.namespace ?? cluster.namespace) : undefined;
  const key = { ...(namespace ? { namespace } : {}), name: manifest.metadata.name as string };
  try {
    return { cluster, resource, key, live: await cluster.client.get<AnyObject>(resource, key) };
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return undefined;
    throw error;
  }
}

async function readObject({
  state,
  provider,
  diagnostics,
}: ReadContext<Attributes, OrlopSession>): Promise<ObjectState | null> {
  const manifest = toJson(state.manifest) as AnyObject;
  try {
    const cluster = await provider?.cluster();
    if (!cluster) return state;
    const found = await find(cluster, manifest);
    if (!found) return null;
    const uid = found.live.metadata.uid ?? null;
    // Just imported: all that the cluster has is what is known of it.
    if (state.applied === null && state.uid === null) {
      return { ...state, manifest: Dynamic.of(withoutServerFields(found.live) as unknown as Value), uid };
    }
    const current = liveManifest(manifest, found.live);
    const same = equalJson(current, manifest);
    return { ...state, uid, manifest: same ? state.manifest : Dynamic.of(current as unknown as Value) };
  } catch (error) {
    const unreachable = error instanceof UnreachableError || error instanceof ConnectionError;
    if (!unreachable || (error instanceof ConnectionError && error.code === 'host-key-mismatch')) throw error;
    const identity = identityOf(manifest);
    diagnostics.warning(
      `${identity ? describe(identity) : 'An object'} could not be looked at`,
      `${error.message} Its last known state is kept.`,
    );
    return state;
  }
}

/** Deletes in the background, and waits until the object is gone. One that is gone already is success. */
async function deleteObject({
  prior,
  provider: session,
  signal,
  progress,
}: DeleteContext<Attributes, OrlopSession>): Promise<void> {
  const manifest = toJson(prior.manifest) as AnyObject;
  const cluster = await requireCluster(session, signal);
  const resource = await cluster.kinds.find(manifest.apiVersion, manifest.kind);
  if (!resource) return;
  const found = await find(cluster, manifest);
  if (!found) return;
  const what = describe({ ...(identityOf(manifest) as NonNullable<ReturnType<typeof identityOf>>) });
  const { uid } = found.live.metadata;
  try {
    await cluster.client.delete(resource, found.key, {
      propagationPolicy: 'Background',
      ...(uid ? { preconditions: { uid } } : {}),
    });
  } catch (error) {
    if (isStatusError(error, 'NotFound')) return;
    throw error;
  }
  const deadline = session.clock.monotonic() + (prior.timeout_seconds ?? 300) * 1000;
  for (let pause = 50; ; pause = Math.min(pause * 2, 1000)) {
    const left = await find(cluster, manifest);
    if (!left || left.live.metadata.uid !== uid) return;
    if (signal.aborted) throw new Error(`interrupted while ${what} is being deleted; run again to wait for its end`);
    if (session.clock.monotonic() >= deadline) {
      const { finalizers } = left.live.metadata;
      const why = finalizers?.length ? `finalizers ${finalizers.join(', ')} hold it` : 'it is still terminating';
      throw new Error(`${what} was not gone after ${prior.timeout_seconds ?? 300} s: ${why}`);
    }
    progress(`${what}: waiting until it is gone`);
    await session.clock.sleep(pause, signal);
  }
}
