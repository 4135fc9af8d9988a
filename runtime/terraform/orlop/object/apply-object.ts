import { UnreachableError } from '../../../client/client';
import type { AnyObject } from '../../../kube/object';
import type { Resource } from '../../../kube/resource';
import type { CreateContext } from '../../protocol/resource';
import type { ClusterAccess } from '../cluster-access';
import type { objectSchema } from '../schema/object';
import { joinedHostMs, type OrlopSession } from '../session';
import { removeItemsAddedByHand } from './added-by-hand';
import { fieldManager } from './field-manager';
import { locate } from './field-path';
import { describe, identityOf, manifestHash, toJson } from './manifest';
import type { ObjectState } from './object-state';
import { conflictingFields, reportStatus } from './status-diagnostics';
import { waitForRollout } from './wait';

type ApplyContext = Pick<
  CreateContext<typeof objectSchema.attributes, OrlopSession>,
  'provider' | 'config' | 'signal' | 'progress' | 'diagnostics'
>;

/** An API server that is being upgraded is back by then. */
const apiRestartMs = 30_000;

/** The cluster that objects go to. @throws Error when the provider names none */
export async function requireCluster(session: OrlopSession, signal: AbortSignal): Promise<ClusterAccess> {
  const cluster = await session.cluster({ retryForMs: joinedHostMs, signal });
  if (cluster) return cluster;
  throw new Error('the orlop provider names no cluster: configure server (SSH of the control plane) or kubeconfig');
}

/** The resource that the manifest's kind is served at. */
async function requireResource(cluster: ClusterAccess, manifest: AnyObject): Promise<Resource> {
  const resource = await cluster.kinds.find(manifest.apiVersion, manifest.kind);
  if (resource) return resource;
  throw new Error(
    `the cluster does not serve kind ${manifest.kind} in ${manifest.apiVersion}: check apiVersion and kind, or install its definition first`,
  );
}

/**
 * Applies the manifest server-side and waits for its rollout; the same for a new object and a change, since applying is
 * idempotent. Throws, or leaves errors in the diagnostics, when either fails: a new object is then not stored as tainted
 * but applied again next time, and a change stays pending.
 */
export async function applyObject(
  context: ApplyContext,
  planned: ObjectState,
  prior: ObjectState | null,
): Promise<ObjectState | undefined> {
  const { provider: session, signal, progress, diagnostics, config } = context;
  const manifest = toJson(planned.manifest) as AnyObject;
  const cluster = await requireCluster(session, signal);
  const resource = await requireResource(cluster, manifest);
  const namespace = resource.namespaced ? (manifest.metadata.namespace ?? cluster.namespace) : undefined;
  const key = { ...(namespace ? { namespace } : {}), name: manifest.metadata.name as string };
  const what = describe({ ...(identityOf(manifest) as NonNullable<ReturnType<typeof identityOf>>), namespace });

  let applied: AnyObject;
  try {
    const shown = prior && (toJson(prior.manifest) as AnyObject);
    if (shown) await removeItemsAddedByHand(cluster.client, resource, key, manifest, shown);
    applied = await patientlyApply(cluster, resource, key, withSecretData(manifest, config.data_wo), {
      force: planned.force_conflicts ?? false,
      ours: shown,
      onWarning: (text) => diagnostics.warning(`Warning of the API on ${what}`, text, ['manifest']),
      session,
      signal,
    });
  } catch (error) {
    reportStatus(diagnostics, error, `apply ${what}`, manifest);
    return undefined;
  }
  progress(`${what} applied`);
  if (planned.wait !== false) {
    await waitForRollout(cluster.client, resource, key, {
      clock: session.clock,
      signal,
      timeoutMs: (planned.timeout_seconds ?? 300) * 1000,
      progress,
    });
  }
  return {
    ...planned,
    data_wo: null,
    object: planned.object,
    applied: manifestHash(manifest, planned.data_wo_version),
    uid: applied.metadata.uid ?? null,
  };
}

/** Write-only values of a Secret, as its API takes them. They are in this request and nowhere else. */
function withSecretData(manifest: AnyObject, values: unknown): AnyObject {
  if (typeof values !== 'object' || values === null) return manifest;
  const encoded = Object.entries(values).flatMap(([key, value]) =>
    typeof value === 'string' ? [[key, Buffer.from(value, 'utf8').toString('base64')]] : [],
  );
  return { ...manifest, data: { ...(manifest.data as object | undefined), ...Object.fromEntries(encoded) } };
}

/**
 * Whether an error is a conflict over fields that the last manifest had already: others changed what is ours. The plan
 * showed that as drift, so the apply puts it back; fields that are new in the manifest stay their owner's.
 */
export function onlyOurs(error: unknown, lastManifest: unknown): boolean {
  return conflictingFields(error)?.every((field) => locate(lastManifest, field).found) ?? false;
}

interface ApplyOptions {
  force: boolean;
  /** The manifest before this change. */
  ours: unknown;
  onWarning: (text: string) => void;
  session: OrlopSession;
  signal: AbortSignal;
}

/** An API that is just restarting (an upgrade of its node in the same apply) is asked again for a while. */
async function patientlyApply(
  cluster: ClusterAccess,
  resource: Resource,
  key: { namespace?: string; name: string },
  body: AnyObject,
  { force: forced, ours, onWarning, session, signal }: ApplyOptions,
): Promise<AnyObject> {
  let force = forced;
  const deadline = session.clock.monotonic() + apiRestartMs;
  for (;;) {
    try {
      return await cluster.client.patch(
        resource,
        key,
        { type: 'apply', body },
        { fieldManager, force, fieldValidation: 'Strict', onWarning },
      );
    } catch (error) {
      if (!force && ours && onlyOurs(error, ours)) {
        force = true;
        continue;
      }
      const again = error instanceof UnreachableError && !signal.aborted && session.clock.monotonic() < deadline;
      if (!again) throw error;
    }
    await session.clock.sleep(500, signal);
  }
}
