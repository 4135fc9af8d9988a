import { Controller } from '../../../client/controller';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../../kube/generated/types';
import { certificateSigningRequests as requests } from '../../../kube/resource';
import { issue } from '../../../pki/issue';
import type { KeyPair } from '../../../pki/pki';
import { parseRequest } from '../../../pki/request';
import { rfc3339 } from '../../../util/clock';
import type { RegistryContext } from '../../registry/context';
import { deleteObject } from '../../registry/delete';
import { internalWrite } from '../../registry/internal-write';
import { objectKey, resourcePrefix } from '../../registry/store-key';
import { modifyObject } from '../../registry/update';
import type { Authorization } from '../authz/authorization';
import type { User } from '../user';
import { expiryOf } from './expiry';
import { type Asked, grantOf, isOwnSigner, nodeClientRequest, signerProblem } from './signers';

/** As Kubernetes' default (`--cluster-signing-duration`). */
const longestSeconds = 365 * 24 * 3600;
/** A timer cannot wait for weeks. */
const lookMs = 3600_000;

interface Parts {
  context: RegistryContext;
  authorization: Authorization;
  ca: KeyPair;
}

/**
 * Carries out what becomes of CertificateSigningRequests: approves what nodes may have without anybody, signs what is
 * approved with the cluster's CA, and clears old ones away. It runs in the API server, since the CA's key stays here.
 */
export function signingController({ context, authorization, ca }: Parts): Controller {
  const { cache, clock, logger } = context;
  const prefix = resourcePrefix(requests);
  const stored = cache.resource(prefix);
  const controller = new Controller({ name: 'certificate-signing', clock, logger, concurrency: 1, reconcile });
  for (const { object } of stored.list(prefix)) controller.enqueue(object.metadata.name ?? '');
  stored.subscribe(({ object }) => object && controller.enqueue(object.object.metadata.name ?? ''));

  async function reconcile(name: string) {
    const found = stored.get(objectKey(requests, undefined, name))?.object as unknown;
    if (!found) return;
    const request = found as CertificateSigningRequest;
    const left = expiryOf(request) - clock.now();
    if (left <= 0) {
      const { uid } = request.metadata;
      await deleteObject(context, targetOf(name), { preconditions: { uid } }, internalWrite);
      return;
    }
    await advance(name, request);
    return { requeueAfterMs: Math.min(left, lookMs) };
  }

  async function advance(name: string, { spec, status }: CertificateSigningRequest): Promise<void> {
    const has = (type: string) => status?.conditions?.some((condition) => condition.type === type);
    if (!spec || !isOwnSigner(spec.signerName) || has('Denied') || has('Failed') || status?.certificate) return;
    const pem = Buffer.from(spec.request, 'base64').toString('latin1');
    let asked: Asked;
    try {
      asked = { spec, request: await parseRequest(pem, 'strong') };
    } catch (error) {
      if (has('Approved')) await fail(name, (error as Error).message);
      return;
    }
    if (!has('Approved')) {
      if (await mayHave(asked, spec)) await approve(name);
      return;
    }
    const problem = signerProblem(asked);
    if (problem) return fail(name, problem);
    const seconds = Math.min(spec.expirationSeconds ?? longestSeconds, longestSeconds);
    const certificate = await issue(ca, grantOf(asked, seconds), pem, clock.now(), 'strong');
    return change(name, 'status', (request) => {
      request.status = { ...request.status, certificate: Buffer.from(certificate).toString('base64') };
    });
  }

  /** Whether who asks for a node's client certificate has the right to one without an approver. */
  async function mayHave(asked: Asked, spec: NonNullable<CertificateSigningRequest['spec']>): Promise<boolean> {
    const subresource = nodeClientRequest(asked);
    if (!subresource) return false;
    const { group, version, plural } = requests;
    const user: User = { name: spec.username ?? '', groups: spec.groups ?? [], uid: spec.uid, extra: spec.extra };
    const attributes = { verb: 'create', path: '', resource: { group, version, plural, subresource } };
    return (await authorization.decide(user, attributes)).allowed;
  }

  function approve(name: string): Promise<void> {
    const message = 'Auto approving kubelet client certificate after SubjectAccessReview.';
    const condition = { type: 'Approved', status: 'True', reason: 'AutoApproved', message };
    return change(name, 'approval', (request) => addCondition(request, condition));
  }

  function fail(name: string, message: string): Promise<void> {
    const condition = { type: 'Failed', status: 'True', reason: 'SignerValidationFailure', message };
    return change(name, 'status', (request) => addCondition(request, condition));
  }

  function addCondition(request: CertificateSigningRequest, condition: CertificateSigningRequestCondition): void {
    const at = rfc3339(clock.now());
    const stamped = { ...condition, lastUpdateTime: at, lastTransitionTime: at };
    request.status = { ...request.status, conditions: [...(request.status?.conditions ?? []), stamped] };
  }

  async function change(name: string, path: 'status' | 'approval', act: (request: CertificateSigningRequest) => void) {
    const edit = (base: unknown) => {
      act(base as CertificateSigningRequest);
      return { value: base, duplicates: [] };
    };
    await modifyObject(context, targetOf(name), path, edit, internalWrite);
  }

  function targetOf(name: string) {
    const kind = context.catalog.find(requests.group, requests.version, requests.plural);
    if (!kind) throw new Error('signing requests are not served');
    return { kind, name };
  }

  return controller;
}
