import type { Status } from '../../kube/generated/types';
import type { Kind } from '../../kube/kind';
import type { KubeObject } from '../../kube/object';
import { isObject } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';
import type { Body, Post, RegistryContext } from './context';

/** The answer to a post that makes nothing with a body of its own. */
export const made: KubeObject & Status = {
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
};

/** What is posted to a kind's subresource; undefined where nothing can be. */
export function postOf(context: RegistryContext, kind: Kind, subresource: string): Post | undefined {
  const { posts = {} } = context.hooks(kind);
  return Object.hasOwn(posts, subresource) ? posts[subresource] : undefined;
}

/** A posted body. @throws StatusError 400 */
export function objectOf<T>({ value }: Body): Partial<T> {
  if (!isObject(value)) throw new StatusError('BadRequest', 'the body of the request must be an object');
  return value as Partial<T>;
}
