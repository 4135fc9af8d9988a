import { forbidden, invalid, notSupported, required } from '../../field-errors';
import type {
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  ServiceAccountSubject,
  Subject,
} from '../../generated/types/flowcontrol-v1';
import type { FieldError } from '../../kind';
import { checkDns1123Label, checkDns1123Subdomain } from '../../names';
import { checked } from '../shared/limits';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const all = '*';
/** Kinds of subjects, each with the field that names it. */
const subjectFields = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const;

export function checkPolicyRules(rule: PolicyRulesWithSubjects, field: string): FieldError[] {
  const { subjects = [], resourceRules = [], nonResourceRules = [] } = rule;
  const errors: FieldError[] = [];
  if (subjects.length === 0) {
    errors.push(required(`${field}.subjects`, 'subjects must contain at least one value'));
  }
  errors.push(...subjects.flatMap((subject, index) => checkSubject(subject, `${field}.subjects[${index}]`)));
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    errors.push(required(field, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  }
  return [
    ...errors,
    ...resourceRules.flatMap((each, index) => checkResourceRule(each, `${field}.resourceRules[${index}]`)),
    ...nonResourceRules.flatMap((each, index) => checkPathRule(each, `${field}.nonResourceRules[${index}]`)),
  ];
}

function checkSubject(subject: Subject, field: string): FieldError[] {
  const { kind = '' } = subject;
  if (!Object.hasOwn(subjectFields, kind)) {
    return [notSupported(`${field}.kind`, kind, Object.keys(subjectFields))];
  }
  const own = subjectFields[kind as keyof typeof subjectFields];
  const others = Object.entries(subjectFields).flatMap(([otherKind, other]) =>
    other !== own && subject[other]
      ? [forbidden(`${field}.${other}`, `${other} is forbidden when subject kind is not '${otherKind}'`)]
      : [],
  );
  const named = subject[own];
  if (!named) return [required(`${field}.${own}`, `${own} is required when subject kind is '${kind}'`), ...others];
  if (own === 'serviceAccount') {
    return [...checkAccount(named as ServiceAccountSubject, `${field}.${own}`), ...others];
  }
  return [...(named.name ? [] : [required(`${field}.${own}.name`)]), ...others];
}

function checkAccount({ name, namespace }: ServiceAccountSubject, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${field}.name`));
  else if (name !== all) errors.push(...checked(`${field}.name`, name, checkDns1123Subdomain(name)));
  if (!namespace) errors.push(required(`${field}.namespace`, 'must specify namespace for service account'));
  else errors.push(...checked(`${field}.namespace`, namespace, checkDns1123Label(namespace)));
  return errors;
}

function checkVerbs(given: string[], field: string): FieldError[] {
  if (given.length === 0) return [required(field, 'verbs must contain at least one value')];
  if (given.includes(all)) return checkAlone(given, field, 'verbs');
  return given.every((verb) => verbs.includes(verb)) ? [] : [notSupported(field, given, verbs)];
}

/** `*` stands alone. */
function checkAlone(given: string[], field: string, what: string): FieldError[] {
  if (given.length === 1 || !given.includes(all)) return [];
  return [invalid(field, given, `if '*' is present, must not specify other ${what}`)];
}

function checkResourceRule(rule: ResourcePolicyRule, field: string): FieldError[] {
  const { apiGroups = [], resources = [] } = rule;
  return [
    ...checkVerbs(rule.verbs ?? [], `${field}.verbs`),
    ...(apiGroups.length
      ? checkAlone(apiGroups, `${field}.apiGroups`, 'api groups')
      : [required(`${field}.apiGroups`, 'resource rules must supply at least one api group')]),
    ...(resources.length
      ? checkAlone(resources, `${field}.resources`, 'resources')
      : [required(`${field}.resources`, 'resource rules must supply at least one resource')]),
    ...checkNamespaces(rule, `${field}.namespaces`),
  ];
}

function checkNamespaces({ namespaces = [], clusterScope }: ResourcePolicyRule, field: string): FieldError[] {
  if (namespaces.length === 0 && !clusterScope) {
    return [required(field, 'resource rules that are not cluster scoped must supply at least one namespace')];
  }
  if (namespaces.includes(all)) return checkAlone(namespaces, field, 'namespaces');
  const intro = "each member of this list must be '*' or a DNS-1123 label; ";
  return namespaces.flatMap((name, index) =>
    checked(
      `${field}[${index}]`,
      name,
      checkDns1123Label(name).map((message) => intro + message),
    ),
  );
}

function checkPathRule({ verbs: given = [], nonResourceURLs: urls = [] }: NonResourcePolicyRule, field: string) {
  const at = `${field}.nonResourceURLs`;
  const errors = checkVerbs(given, `${field}.verbs`);
  if (urls.length === 0) return [...errors, required(at, 'nonResourceURLs must contain at least one value')];
  if (urls.includes(all)) return [...errors, ...checkAlone(urls, at, 'non-resource URLs')];
  return [...errors, ...urls.flatMap((url, index) => checkUrl(url, `${at}[${index}]`))];
}

function checkUrl(url: string, field: string): FieldError[] {
  if (url === '') return [invalid(field, url, 'must not be empty')];
  if (url === '/') return [];
  if (!url.startsWith('/')) return [invalid(field, url, 'must start with slash')];
  if (url.includes(' ')) return [invalid(field, url, 'must not contain white-space')];
  if (url.includes('//')) return [invalid(field, url, 'must not contain double slash')];
  const stars = url.split(all).length - 1;
  if (stars > 1 || (stars === 1 && !url.endsWith('/*'))) {
    return [invalid(field, url, 'wildcard can only do suffix matching')];
  }
  return [];
}
