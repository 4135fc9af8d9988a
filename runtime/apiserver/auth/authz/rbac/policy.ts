import type {
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from '../../../../kube/generated/types';
import { serviceAccountUserName, type User } from '../../user';

type AnyRole = Pick<Role | ClusterRole, 'metadata' | 'rules'>;
type AnyBinding = Pick<RoleBinding | ClusterRoleBinding, 'metadata' | 'roleRef' | 'subjects'>;

/** What a binding gives one of its subjects. */
export interface Grant {
  /** `ClusterRoleBinding "x" of ClusterRole "y" to Group "z"`. */
  description: string;
  rules: readonly PolicyRule[];
}

interface Indexed {
  binding: AnyBinding;
  subject: Subject;
}

/** Roles and bindings, found by who they are for. Roles that are named and not there give nothing. */
export class RbacPolicy {
  /** `namespace/name`; a ClusterRole's namespace is empty. */
  private readonly roles = new Map<string, readonly PolicyRule[]>();
  /** `namespace|User/name` or `namespace|Group/name` → binding key → binding. */
  private readonly bySubject = new Map<string, Map<string, Indexed>>();
  private readonly bindings = new Map<string, AnyBinding>();

  /** A Role, or a ClusterRole where it has no namespace. */
  putRole({ metadata, rules }: AnyRole): void {
    this.roles.set(keyOf(metadata.namespace, metadata.name), rules ?? []);
  }

  removeRole({ metadata }: AnyRole): void {
    this.roles.delete(keyOf(metadata.namespace, metadata.name));
  }

  putBinding(binding: AnyBinding): void {
    this.removeBinding(binding);
    const { namespace, name } = binding.metadata;
    const key = keyOf(namespace, name);
    this.bindings.set(key, binding);
    for (const subject of binding.subjects ?? []) {
      const at = placeOf(namespace, subjectKey(subject, namespace));
      let found = this.bySubject.get(at);
      if (!found) {
        found = new Map();
        this.bySubject.set(at, found);
      }
      found.set(key, { binding, subject });
    }
  }

  removeBinding({ metadata: { namespace, name } }: AnyBinding): void {
    const key = keyOf(namespace, name);
    const known = this.bindings.get(key);
    if (!known) return;
    this.bindings.delete(key);
    for (const subject of known.subjects ?? []) {
      const at = placeOf(namespace, subjectKey(subject, namespace));
      const found = this.bySubject.get(at);
      found?.delete(key);
      if (found?.size === 0) this.bySubject.delete(at);
    }
  }

  /** What a user has in the whole cluster and, where one is named, in a namespace. */
  *grantsOf(user: User, namespace?: string): Iterable<Grant> {
    const subjects = [`User/${user.name}`, ...user.groups.map((group) => `Group/${group}`)];
    for (const place of namespace ? ['', namespace] : ['']) {
      for (const subject of subjects) {
        for (const { binding, subject: named } of this.bySubject.get(placeOf(place, subject))?.values() ?? []) {
          const rules = this.rulesOf(binding.roleRef, place);
          if (rules) yield new LazyGrant(binding, named, rules);
        }
      }
    }
  }

  /** A role's rules; undefined where there is no such role. */
  rulesOf({ kind, name }: RoleRef, namespace: string | undefined): readonly PolicyRule[] | undefined {
    return this.roles.get(keyOf(kind === 'Role' ? namespace : undefined, name));
  }
}

/** Its description is put together when somebody reads it. */
class LazyGrant implements Grant {
  constructor(
    private readonly binding: AnyBinding,
    private readonly subject: Subject,
    readonly rules: readonly PolicyRule[],
  ) {}

  get description(): string {
    const { metadata, roleRef } = this.binding;
    const { kind, name, namespace } = this.subject;
    const bound = metadata.namespace ? `${metadata.name}/${metadata.namespace}` : metadata.name;
    const who = kind === 'ServiceAccount' ? `${name}/${namespace ?? metadata.namespace}` : name;
    const what = metadata.namespace ? 'RoleBinding' : 'ClusterRoleBinding';
    return `${what} ${JSON.stringify(bound)} of ${roleRef.kind} ${JSON.stringify(roleRef.name)} to ${kind} ${JSON.stringify(who)}`;
  }
}

function keyOf(namespace: string | undefined, name: string | undefined): string {
  return `${namespace ?? ''}/${name}`;
}

function placeOf(namespace: string | undefined, subject: string): string {
  return `${namespace ?? ''}|${subject}`;
}

/** A ServiceAccount is the user that it authenticates as. */
function subjectKey({ kind, name, namespace }: Subject, ownNamespace: string | undefined): string {
  if (kind !== 'ServiceAccount') return `${kind}/${name}`;
  return `User/${serviceAccountUserName(namespace || ownNamespace || '', name)}`;
}
