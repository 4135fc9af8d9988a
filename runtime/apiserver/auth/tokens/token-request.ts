import { invalid, invalidObject } from '../../../kube/field-errors';
import type { Pod, ServiceAccount, TokenRequest } from '../../../kube/generated/types';
import { tokenRequestKind } from '../../../kube/kinds/authentication';
import { anyKind } from '../../../kube/kinds/shared/any-kind';
import type { KubeObject } from '../../../kube/object';
import { nodes, pods, type Resource, secrets, serviceAccounts } from '../../../kube/resource';
import { isObject } from '../../../kube/schema-engine';
import { StatusError } from '../../../kube/status-error';
import { rfc3339 } from '../../../util/clock';
import { prepareCreate } from '../../admission';
import type { Body, RegistryContext, Target, WriteRequest } from '../../registry/context';
import { conflict, forbidden, notFound } from '../../registry/errors';
import { objectKey, resourcePrefix } from '../../registry/store-key';
import { nodeNameOf, type User } from '../user';
import type { Bound, Claims, TokenIssuer } from './issuer';

type Context = Pick<RegistryContext, 'cache' | 'clock'>;

/**
 * Makes a token of a ServiceAccount (`serviceaccounts/token`).
 * @throws StatusError 404 for an account or a bound object that is not there, 409 where its uid is another, 403 for a
 *   node that asks for what is not its pods', 400, 422
 */
export async function requestToken(
  context: Context,
  issuer: TokenIssuer,
  target: Target,
  body: Body,
  request: WriteRequest,
): Promise<TokenRequest> {
  await context.cache.fresh();
  const { namespace = '', name } = target;
  checkNames(body.value, { namespace, name });
  const account = must<ServiceAccount>(context, serviceAccounts, namespace, name);
  const { fieldValidation } = request;
  const details = { namespace, name, fieldValidation, duplicates: body.duplicates };
  const { object, warnings } = prepareCreate(anyKind(tokenRequestKind), body.value, details);
  for (const text of warnings) request.warn(text);
  const asked = object as unknown as TokenRequest;
  const { uid } = asked.metadata;
  if (uid && uid !== account.metadata.uid) {
    const why = `the UID in the token request (${uid}) does not match the UID of the service account (${account.metadata.uid})`;
    throw conflict({ group, plural: kind }, name, why);
  }
  const spec = asked.spec ?? {};
  const { expirationSeconds = 3600 } = spec;
  const audiences = spec.audiences?.length ? spec.audiences : [issuer.issuer];
  const bound = boundObject(context, spec.boundObjectRef, namespace);
  checkNodeRequest(request.user, target, { spec, pod: bound.pod, asked: spec.audiences ?? [] });
  if (bound.pod && (bound.pod.spec?.serviceAccountName ?? '') !== name) {
    const why = `cannot bind token for serviceaccount ${JSON.stringify(name)} to pod running with different serviceaccount name.`;
    throw new StatusError('BadRequest', why);
  }
  const claims: Claims = { namespace, serviceAccount: boundOf(account), ...bound.claims };
  const token = await issuer.sign(claims, audiences, expirationSeconds);
  const expirationTimestamp = rfc3339((Math.floor(context.clock.now() / 1000) + expirationSeconds) * 1000);
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, uid: account.metadata.uid, creationTimestamp: rfc3339(context.clock.now()) },
    spec: { ...spec, audiences, expirationSeconds },
    status: { token, expirationTimestamp },
  };
}

const { group, kind } = tokenRequestKind.resource;

/** Where a request names its account, it names the one in its path. @throws StatusError 422, 400 */
function checkNames(value: unknown, path: { namespace: string; name: string }): void {
  const { name, namespace } = ((isObject(value) ? value : {}) as Partial<KubeObject>).metadata ?? {};
  if (name && name !== path.name) {
    const why = 'must match the service account name if specified';
    throw invalidObject(group, kind, path.name, [invalid('metadata.name', name, why)]);
  }
  if (namespace && namespace !== path.namespace) {
    const why = 'the namespace of the provided object does not match the namespace sent on the request';
    throw new StatusError('BadRequest', why);
  }
}

interface Found {
  claims: Pick<Claims, 'pod' | 'secret' | 'node'>;
  pod?: Pod;
}

function boundObject(
  context: Context,
  ref: NonNullable<TokenRequest['spec']>['boundObjectRef'],
  namespace: string,
): Found {
  if (!ref?.kind) return { claims: {} };
  const { kind, name = '', uid } = ref;
  const resources = { Pod: pods, Secret: secrets, Node: nodes } as const;
  const resource = resources[kind as keyof typeof resources] as unknown as Resource<KubeObject>;
  const found = must(context, resource, resource.namespaced ? namespace : undefined, name);
  if (uid && uid !== found.metadata.uid) throw conflict(resource, name, uidDiffers(uid, found.metadata.uid));
  if (kind === 'Secret') return { claims: { secret: boundOf(found) } };
  if (kind === 'Node') return { claims: { node: boundOf(found) } };
  const pod = found as Pod;
  const nodeName = pod.spec?.nodeName;
  if (!nodeName) return { pod, claims: { pod: boundOf(pod) } };
  const node = get(context, nodes, undefined, nodeName);
  return { pod, claims: { pod: boundOf(pod), node: node ? boundOf(node) : { name: nodeName } } };
}

/** A node gets tokens for its own pods alone, and for the audiences that these ask for. @throws StatusError 403 */
function checkNodeRequest(
  user: User,
  { kind, name }: Target,
  { spec, pod, asked }: { spec: NonNullable<TokenRequest['spec']>; pod?: Pod; asked: readonly string[] },
): void {
  const node = nodeNameOf(user);
  if (!node) return;
  const refuse = (why: string) => forbidden(kind.resource, name, `node ${JSON.stringify(node)} ${why}`);
  if (!pod || !spec.boundObjectRef) throw refuse('requested a token not bound to a pod');
  if (!spec.boundObjectRef.uid) throw refuse('requested a token with a pod binding without a uid');
  if (pod.spec?.nodeName !== node) throw refuse('requested a token bound to a pod scheduled on a different node');
  const wanted = audiencesOf(pod);
  const refused = asked.find((audience) => !wanted.has(audience));
  if (refused !== undefined) {
    throw refuse(`audience ${JSON.stringify(refused)} not found in pod spec volume`);
  }
}

/** The audiences that a pod's volumes ask for. */
function audiencesOf(pod: Pod): Set<string> {
  const sources = (pod.spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  return new Set(sources.flatMap(({ serviceAccountToken }) => serviceAccountToken?.audience ?? []));
}

function uidDiffers(asked: string, actual: string | undefined): string {
  return `the UID in the bound object reference (${asked}) does not match the UID in record. The object might have been deleted and then recreated: ${actual}`;
}

function boundOf({ metadata }: KubeObject): Bound {
  return { name: metadata.name ?? '', uid: metadata.uid ?? '' };
}

function get<T extends KubeObject>(
  { cache }: Context,
  resource: Resource<T>,
  namespace: string | undefined,
  name: string,
): T | undefined {
  return cache.resource(resourcePrefix(resource)).get(objectKey(resource, namespace, name))?.object as unknown as
    | T
    | undefined;
}

/** @throws StatusError 404 */
function must<T extends KubeObject>(
  context: Context,
  resource: Resource<T>,
  namespace: string | undefined,
  name: string,
): T {
  const found = get(context, resource, namespace, name);
  if (!found) throw notFound(resource, name);
  return found;
}
