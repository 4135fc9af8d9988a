import { StatusError } from '../../../kube/status-error';
import type { User } from '../user';
import type { Attributes } from './authorizer';

/** 403, in Kubernetes' words: who cannot do what to which object, and why where that is known. */
export function denied(user: User, { verb, resource, path }: Attributes, reason: string): StatusError {
  const because = reason ? `: ${reason}` : '';
  const who = `User ${JSON.stringify(user.name)} cannot ${verb}`;
  if (!resource) return new StatusError('Forbidden', `forbidden: ${who} path ${JSON.stringify(path)}${because}`, {});
  const { group, plural, name, namespace, subresource } = resource;
  const what = subresource ? `${plural}/${subresource}` : plural;
  const scope = namespace ? `in the namespace ${JSON.stringify(namespace)}` : 'at the cluster scope';
  const object = `${group ? `${plural}.${group}` : plural}${name ? ` ${JSON.stringify(name)}` : ''}`;
  const message = `${object} is forbidden: ${who} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${scope}${because}`;
  return new StatusError('Forbidden', message, {
    ...(name ? { name } : {}),
    ...(group ? { group } : {}),
    kind: plural,
  });
}
