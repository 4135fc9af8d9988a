import type { AnyObject } from '../../../kube/object';
import { isStatusError } from '../../../kube/status-error';
import type { PlanContext } from '../../protocol/resource';
import { Dynamic, equalValues, Unknown, type Value } from '../../protocol/value';
import type { objectSchema } from '../schema/object';
import type { OrlopSession } from '../session';
import { onlyOurs } from './apply-object';
import { fieldManager } from './field-manager';
import { checkIdentity, describe, identityOf, manifestHash, toJson } from './manifest';
import { placementProblem } from './placement';
import { immutableChanges, type PreparedManifest, prepareManifest } from './prepare';
import { reportStatus } from './status-diagnostics';

type Context = PlanContext<typeof objectSchema.attributes, OrlopSession>;

/** Plans an object: the API server's own code defaults, validates and admits it, with a cluster or without. */
export async function planObject(context: Context): Promise<void> {
  const { planned, prior, diagnostics, requireReplace } = context;
  checkIdentity(planned.manifest, diagnostics);
  if (diagnostics.hasErrors) return;
  const identity = identityOf(planned.manifest);
  const before = prior && (toJson(prior.manifest) as AnyObject);
  const was = before && identityOf(prior.manifest);
  if (identity && was) {
    for (const part of ['apiVersion', 'kind', 'name', 'namespace'] as const) {
      // A namespace left out and the default one written out are one.
      if ((identity[part] ?? 'default') !== (was[part] ?? 'default')) requireReplace(['manifest']);
    }
  }
  const manifest = toJson(planned.manifest) as AnyObject | undefined;
  if (!manifest || !identity || planned.data_wo_version === Unknown) {
    planned.object = Unknown;
    planned.applied = Unknown;
    return;
  }
  planned.applied = manifestHash(manifest, planned.data_wo_version as number | null);
  // In another cluster it will be another object.
  if (prior && planned.cluster_id !== prior.cluster_id) planned.uid = Unknown;
  warnOfSecrets(context, manifest);

  const what = describe(identity);
  const changed = !prior || !equalValues(prior.manifest, planned.manifest) || prior.applied !== planned.applied;
  const foreign = isForeign(context.provider);
  let prepared: PreparedManifest | undefined;
  try {
    prepared = prepareManifest(manifest, 'default', secretKeys(context));
  } catch (error) {
    // Another cluster may serve a newer version of the kind than we know; its own answer counts.
    if (!foreign) return reportStatus(diagnostics, error, `plan ${what}`, manifest);
  }
  planned.object = prepared ? Dynamic.of(prepared.object as unknown as Value) : null;
  for (const warning of prepared?.warnings ?? []) diagnostics.warning(`${what}: ${warning}`, undefined, ['manifest']);
  const replaced = prepared && prior?.object && changed && isReplaced(context, prepared, prior.object, manifest, what);
  if (!changed || replaced || diagnostics.hasErrors) return;
  await askCluster(context, manifest, prepared, foreign, what);
}

/** Whether the objects go to a cluster that is not ours. */
function isForeign(session: OrlopSession | undefined): boolean {
  return session !== undefined && session.config !== 'unknown' && session.config.kubeconfig !== null;
}

/** Keys whose values are sent apart; while they are unknown, those that are known. */
function secretKeys({ config }: Context): string[] {
  const values = config.data_wo;
  return typeof values === 'object' && values !== null ? Object.keys(values) : [];
}

function warnOfSecrets({ diagnostics }: Context, manifest: AnyObject): void {
  if (manifest.apiVersion !== 'v1' || manifest.kind !== 'Secret') return;
  for (const field of ['data', 'stringData']) {
    const values = manifest[field];
    if (typeof values !== 'object' || values === null || Object.keys(values).length === 0) continue;
    diagnostics.warning(
      'Secret values stand in the manifest',
      `${field} of a manifest is readable in the plan and in the state. Give the values with data_wo from an ephemeral variable instead.`,
      ['manifest', field],
    );
  }
}

/** Whether the change needs another object; a change that is refused for another reason is an error at its place. */
function isReplaced(
  { diagnostics, requireReplace, progress }: Context,
  prepared: PreparedManifest,
  prior: Dynamic,
  manifest: AnyObject,
  what: string,
): boolean {
  try {
    const fixed = immutableChanges(prepared, toJson(prior) as AnyObject);
    if (fixed.length === 0) return false;
    progress(`${what} must be replaced: ${fixed.join(', ')} cannot change`);
    requireReplace(['manifest']);
    return true;
  } catch (error) {
    reportStatus(diagnostics, error, `plan ${what}`, manifest);
    return false;
  }
}

/** What only a cluster can tell, where one can be reached; a plan is made without it just as well. */
async function askCluster(
  { provider, diagnostics, log, prior, planned, requireReplace }: Context,
  manifest: AnyObject,
  prepared: PreparedManifest | undefined,
  foreign: boolean,
  what: string,
): Promise<void> {
  const cluster = await provider?.cluster().catch((error: Error) => {
    log.debug({}, `planning without the cluster: ${error.message}`);
    return undefined;
  });
  if (!cluster) return;
  if (prepared && !foreign) {
    const problem = await placementProblem(cluster.client, prepared.object).catch(() => undefined);
    if (problem) diagnostics.warning(`${what}: ${problem}`, 'Lower its requests, or add nodes.', ['manifest']);
    return;
  }
  const resource = await cluster.kinds.find(manifest.apiVersion, manifest.kind);
  // Its definition may be part of the same apply.
  if (!resource) return;
  const namespace = resource.namespaced ? (manifest.metadata.namespace ?? cluster.namespace) : undefined;
  try {
    await cluster.client.patch(
      resource,
      { ...(namespace ? { namespace } : {}), name: manifest.metadata.name as string },
      { type: 'apply', body: manifest },
      { fieldManager, force: planned.force_conflicts === true, dryRun: true, fieldValidation: 'Strict' },
    );
  } catch (error) {
    // The namespace may be part of the same apply.
    if (isStatusError(error, 'NotFound')) return;
    // The plan shows what others changed of ours as drift, and the apply puts it back.
    if (prior && onlyOurs(error, toJson(prior.manifest))) return;
    if (isStatusError(error, 'Invalid') && /immutable/.test(error.message)) {
      // A replacement is planned a second time as a new object, while the old one is still there.
      if (prior) requireReplace(['manifest']);
      return;
    }
    reportStatus(diagnostics, error, `plan ${what}`, manifest);
  }
}
