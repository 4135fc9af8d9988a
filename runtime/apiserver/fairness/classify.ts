import type {
  FlowSchema,
  NonResourcePolicyRule,
  ResourcePolicyRule,
  Subject,
} from '../../kube/generated/types/flowcontrol-v1';
import type { User } from '../auth/user';
import type { RequestInfo } from '../http/request-info';
import type { FairnessConfig, LevelConfig } from './config';

/** To which flow of which priority level a request belongs. */
export interface Flow {
  schema: FlowSchema;
  level: LevelConfig;
  /** Requests of one flow share one queue. */
  key: string;
}

/** The first schema that takes the request; undefined when not even `catch-all` does. */
export function classify({ schemas, levels }: FairnessConfig, user: User, info: RequestInfo): Flow | undefined {
  const schema = schemas.find((each) => takes(each, user, info));
  const level = schema && levels.get(schema.spec?.priorityLevelConfiguration.name ?? '');
  if (!level) return undefined;
  return { schema, level, key: `${schema.metadata.name}/${distinguisher(schema, user, info)}` };
}

function distinguisher({ spec }: FlowSchema, user: User, info: RequestInfo): string {
  const method = spec?.distinguisherMethod?.type;
  if (method === 'ByUser') return user.name;
  return method === 'ByNamespace' ? (info.resource?.namespace ?? '') : '';
}

function takes({ spec }: FlowSchema, user: User, info: RequestInfo): boolean {
  return (spec?.rules ?? []).some(({ subjects, resourceRules, nonResourceRules }) => {
    if (!subjects.some((subject) => isSubject(subject, user))) return false;
    return info.resource
      ? (resourceRules ?? []).some((rule) => takesResource(rule, info))
      : (nonResourceRules ?? []).some((rule) => takesPath(rule, info));
  });
}

const holds = (list: readonly string[] | undefined, value: string) => list?.includes('*') || list?.includes(value);

function isSubject({ kind, user: named, group, serviceAccount }: Subject, user: User): boolean {
  if (kind === 'User') return named?.name === '*' || named?.name === user.name;
  if (kind === 'Group') return group?.name === '*' || user.groups.includes(group?.name ?? '');
  if (kind !== 'ServiceAccount' || !serviceAccount) return false;
  const { namespace, name } = serviceAccount;
  const prefix = `system:serviceaccount:${namespace}:`;
  return name === '*' ? user.name.startsWith(prefix) : user.name === prefix + name;
}

function takesResource(rule: ResourcePolicyRule, { verb, resource }: RequestInfo): boolean {
  if (!resource) return false;
  const { group, plural, subresource, namespace } = resource;
  if (!holds(rule.verbs, verb) || !holds(rule.apiGroups, group)) return false;
  if (!holds(rule.resources, subresource ? `${plural}/${subresource}` : plural)) return false;
  return namespace ? Boolean(holds(rule.namespaces, namespace)) : Boolean(rule.clusterScope);
}

function takesPath({ verbs, nonResourceURLs }: NonResourcePolicyRule, { verb, path }: RequestInfo): boolean {
  if (!holds(verbs, verb)) return false;
  return nonResourceURLs.some((url) => (url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : path === url));
}
