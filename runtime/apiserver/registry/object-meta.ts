import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { apiVersionOf } from '../../kube/resource';
import { isObject } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';
import { rfc3339 } from '../../util/clock';
import type { RegistryContext } from './context';

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const maxGeneratedBase = 58;

/**
 * A client's body as an object of this kind in this namespace.
 * @throws StatusError 400 when it says that it is something else, or somewhere else
 */
export function asObject(kind: Kind, namespace: string | undefined, body: unknown): AnyObject {
  if (!isObject(body)) throw new StatusError('BadRequest', 'the body of the request must be an object');
  const apiVersion = apiVersionOf(kind.resource);
  const object = body as AnyObject;
  const said = `${object.apiVersion ?? apiVersion}, Kind=${object.kind ?? kind.resource.kind}`;
  if (said !== `${apiVersion}, Kind=${kind.resource.kind}`) {
    throw new StatusError(
      'BadRequest',
      `the object provided is of ${said}, while this path takes ${apiVersion}, Kind=${kind.resource.kind}`,
    );
  }
  object.apiVersion = apiVersion;
  object.kind = kind.resource.kind;
  if (object.metadata === undefined || object.metadata === null) object.metadata = {};
  if (!isObject(object.metadata)) throw new StatusError('BadRequest', 'metadata must be an object');
  const { metadata } = object;
  if (!kind.resource.namespaced) return object;
  if (metadata.namespace && metadata.namespace !== namespace) {
    throw new StatusError(
      'BadRequest',
      `the namespace of the provided object does not match the namespace sent on the request (${metadata.namespace} and ${namespace})`,
    );
  }
  metadata.namespace = namespace;
  return object;
}

/** Sets what only the server says of a new object. In place. @throws StatusError 400 when a version is given */
export function stampNew(context: RegistryContext, object: AnyObject): void {
  const { metadata } = object;
  if (metadata.resourceVersion) {
    throw new StatusError('BadRequest', 'resourceVersion should not be set on objects to be created');
  }
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  delete metadata.selfLink;
  delete metadata.generation;
  metadata.uid = context.uid();
  metadata.creationTimestamp = rfc3339(context.clock.now());
}

/** `web-` → `web-x7k2p`. */
export function generateName(prefix: string, random: () => number): string {
  let suffix = '';
  for (let i = 0; i < 5; i++) suffix += alphabet[Math.floor(random() * alphabet.length)];
  return prefix.slice(0, maxGeneratedBase) + suffix;
}

/** Fills what an update may leave out. What it may not change is for validation to say. In place. */
export function carryOver(object: AnyObject, old: AnyObject): void {
  const meta = object.metadata;
  const before = old.metadata;
  meta.name ??= before.name;
  meta.uid ??= before.uid;
  meta.creationTimestamp ??= before.creationTimestamp;
  if (before.deletionTimestamp) {
    meta.deletionTimestamp ??= before.deletionTimestamp;
    meta.deletionGracePeriodSeconds ??= before.deletionGracePeriodSeconds;
  } else {
    delete meta.deletionTimestamp;
    delete meta.deletionGracePeriodSeconds;
  }
  if (before.generation !== undefined) meta.generation = before.generation;
  delete meta.selfLink;
}
