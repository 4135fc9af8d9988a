import type { Resource as AnyResource } from '../../kube/resource';
import { StatusError } from '../../kube/status-error';
import type { Target } from './context';

type Resource = Pick<AnyResource, 'group' | 'plural'>;

/** `deployments.apps`, as error messages name a resource. */
export function qualified(resource: Resource): string {
  return resource.group ? `${resource.plural}.${resource.group}` : resource.plural;
}

function details(resource: Resource, name: string) {
  return { name, ...(resource.group ? { group: resource.group } : {}), kind: resource.plural };
}

export function notFound(resource: Resource, name: string): StatusError {
  return new StatusError('NotFound', `${qualified(resource)} "${name}" not found`, details(resource, name));
}

export function alreadyExists(resource: Resource, name: string): StatusError {
  return new StatusError('AlreadyExists', `${qualified(resource)} "${name}" already exists`, details(resource, name));
}

/** 409; `why` says what stands against the write. */
export function conflict(resource: Resource, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return new StatusError('Conflict', message, details(resource, name));
}

export const modified = 'the object has been modified; please apply your changes to the latest version and try again';

/** 422 of a replacement that does not say what it replaces, in Kubernetes' words. */
export function versionMissing({ kind: { resource }, name }: Target): StatusError {
  const { group, kind } = resource;
  const field = 'metadata.resourceVersion';
  const problem = 'Invalid value: 0x0: must be specified for an update';
  const qualifiedKind = group ? `${kind}.${group}` : kind;
  return new StatusError('Invalid', `${qualifiedKind} ${JSON.stringify(name)} is invalid: ${field}: ${problem}`, {
    name,
    ...(group ? { group } : {}),
    kind,
    causes: [{ reason: 'FieldValueInvalid', message: problem, field }],
  });
}

export function forbidden(resource: Resource, name: string, why: string): StatusError {
  const message = `${qualified(resource)}${name ? ` "${name}"` : ''} is forbidden: ${why}`;
  return new StatusError('Forbidden', message, details(resource, name));
}

export function methodNotAllowed(): StatusError {
  return new StatusError('MethodNotAllowed', 'the server does not allow this method on the requested resource');
}
