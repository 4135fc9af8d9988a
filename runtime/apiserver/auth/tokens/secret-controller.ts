import { Controller } from '../../../client/controller';
import type { Secret, ServiceAccount } from '../../../kube/generated/types';
import type { Kind } from '../../../kube/kind';
import type { AnyObject } from '../../../kube/object';
import { secrets, serviceAccounts } from '../../../kube/resource';
import { isStatusError } from '../../../kube/status-error';
import { annotations, secretTypes } from '../../../kube/well-known';
import type { RegistryContext, Target } from '../../registry/context';
import { deleteObject } from '../../registry/delete';
import { internalWrite } from '../../registry/internal-write';
import { listPrefix, objectKey, resourcePrefix } from '../../registry/store-key';
import type { StoredObject } from '../../registry/stored-object';
import { modifyObject } from '../../registry/update';
import type { TokenIssuer } from './issuer';

interface Parts {
  context: RegistryContext;
  issuer: TokenIssuer;
  /** PEM: what clients of the API trust. */
  caPem: string;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/**
 * Fills Secrets of type kubernetes.io/service-account-token with a token that has no end, and takes them away with
 * their account. It runs in the API server, since the key that signs stays here.
 */
export function tokenSecretController({ context, issuer, caPem }: Parts): Controller {
  const { cache, clock, logger } = context;
  const stored = cache.resource(resourcePrefix(secrets));
  const controller = new Controller({ name: 'token-secrets', clock, logger, concurrency: 1, reconcile });
  const enqueue = (secret: StoredObject) => mayHoldToken(secret) && controller.enqueue(secret.key);
  for (const secret of stored.list(resourcePrefix(secrets))) enqueue(secret);
  stored.subscribe(({ object }) => object && enqueue(object));
  cache.resource(resourcePrefix(serviceAccounts)).subscribe(({ object, previous }) => {
    // An account that is made finds Secrets that were made before it, one that goes takes its own along.
    if (object && previous) return;
    const { namespace } = (object ?? previous)?.object.metadata ?? {};
    for (const secret of stored.list(listPrefix(secrets, namespace))) enqueue(secret);
  });

  async function reconcile(key: string): Promise<void> {
    await cache.fresh();
    const secret = stored.get(key)?.object as unknown as Secret | undefined;
    if (secret?.type !== secretTypes.serviceAccountToken) return;
    const { namespace = '', name = '', uid } = secret.metadata;
    const target = { kind: secretKind(), namespace, name };
    const account = accountOf(secret);
    try {
      if (!account) await deleteObject(context, target, { preconditions: { uid } }, internalWrite);
      else if (!isFilled(secret, account)) await fill(target, account);
    } catch (error) {
      // Somebody else took it away, or put another in its place.
      if (!isStatusError(error, 'NotFound') && !isStatusError(error, 'Conflict')) throw error;
    }
  }

  /** The account that the Secret names, where it is the one that it means. */
  function accountOf({ metadata }: Secret): ServiceAccount | undefined {
    const { [annotations.serviceAccountName]: name = '', [annotations.serviceAccountUid]: uid } =
      metadata.annotations ?? {};
    const key = objectKey(serviceAccounts, metadata.namespace, name);
    const found = cache.resource(resourcePrefix(serviceAccounts)).get(key)?.object as unknown;
    const account = found as ServiceAccount | undefined;
    return uid && uid !== account?.metadata.uid ? undefined : account;
  }

  async function fill(target: Target, { metadata }: ServiceAccount): Promise<void> {
    const { namespace = '', name } = target;
    const serviceAccount = { name: metadata.name ?? '', uid: metadata.uid ?? '' };
    const token = await issuer.signLegacy({ namespace, serviceAccount, secret: { name, uid: '' } });
    const change = (base: AnyObject) => {
      const secret = base as unknown as Secret;
      secret.metadata.annotations = {
        ...secret.metadata.annotations,
        [annotations.serviceAccountUid]: serviceAccount.uid,
      };
      // Another server may have put one there meanwhile.
      const held = secret.data?.token || base64(token);
      secret.data = { ...secret.data, 'ca.crt': base64(caPem), namespace: base64(namespace), token: held };
      return { value: base, duplicates: [] };
    };
    await modifyObject(context, target, undefined, change, internalWrite);
  }

  function isFilled({ metadata, data = {} }: Secret, account: ServiceAccount): boolean {
    return (
      metadata.annotations?.[annotations.serviceAccountUid] === account.metadata.uid &&
      data['ca.crt'] === base64(caPem) &&
      Boolean(data.namespace && data.token)
    );
  }

  function secretKind(): Kind {
    const kind = context.catalog.find(secrets.group, secrets.version, secrets.plural);
    if (!kind) throw new Error('secrets are not served');
    return kind;
  }

  return controller;
}

const typeText = Buffer.from(secretTypes.serviceAccountToken);

/** Told without parsing the object, since Secrets may be many and large; of another type some may hold the text too. */
function mayHoldToken({ json }: StoredObject): boolean {
  return json.includes(typeText);
}
