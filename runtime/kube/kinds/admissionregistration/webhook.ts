import { duplicate, invalid, notSupported, required, tooMany } from '../../field-errors';
import type {
  MutatingWebhook,
  ServiceReference,
  ValidatingWebhook,
  WebhookClientConfig,
} from '../../generated/types/admissionregistration-v1';
import type { FieldError } from '../../kind';
import { checkDns1035Label, checkDns1123Subdomain, checkPortNumber, checkQualifiedName } from '../../names';
import { defaultEmpty, defaultTo, ensure } from '../shared/defaulting';
import { checkLabelSelector } from '../shared/labels';
import { checked } from '../shared/limits';
import { checkOptionalWord } from '../shared/values';
import { checkRule } from './rule';

type Webhook = ValidatingWebhook | MutatingWebhook;

const maxMatchConditions = 64;
/** Versions of the review that Kubernetes' server can send. */
const reviewVersions = ['v1', 'v1beta1'];

export function defaultWebhook(webhook: Webhook): void {
  defaultEmpty(webhook, 'failurePolicy', 'Fail');
  defaultEmpty(webhook, 'matchPolicy', 'Equivalent');
  ensure(webhook, 'namespaceSelector');
  ensure(webhook, 'objectSelector');
  defaultTo(webhook, 'timeoutSeconds', 10);
  for (const rule of webhook.rules ?? []) defaultEmpty(rule, 'scope', '*');
  const { service } = webhook.clientConfig ?? {};
  if (service) defaultTo(service, 'port', 443);
}

export function checkWebhooks(webhooks: readonly Webhook[], field: string): FieldError[] {
  const names = new Set<string>();
  return webhooks.flatMap((webhook, index) => {
    const errors = checkWebhook(webhook, `${field}[${index}]`);
    if (names.has(webhook.name)) errors.push(duplicate(`${field}[${index}].name`, webhook.name));
    if (webhook.name) names.add(webhook.name);
    return errors;
  });
}

function checkWebhook(webhook: Webhook, field: string): FieldError[] {
  const { name = '', rules = [], timeoutSeconds: timeout = 0 } = webhook;
  const errors = checkName(name, `${field}.name`);
  errors.push(...rules.flatMap((rule, index) => checkRule(rule, `${field}.rules[${index}]`)));
  errors.push(...checkOptionalWord(`${field}.failurePolicy`, webhook.failurePolicy, ['Fail', 'Ignore']));
  errors.push(...checkOptionalWord(`${field}.matchPolicy`, webhook.matchPolicy, ['Equivalent', 'Exact']));
  errors.push(...checkSideEffects(webhook.sideEffects, `${field}.sideEffects`));
  if (timeout < 1 || timeout > 30) {
    errors.push(invalid(`${field}.timeoutSeconds`, timeout, 'the timeout value must be between 1 and 30 seconds'));
  }
  errors.push(...checkLabelSelector(webhook.namespaceSelector, `${field}.namespaceSelector`));
  errors.push(...checkLabelSelector(webhook.objectSelector, `${field}.objectSelector`));
  errors.push(...checkClientConfig(webhook.clientConfig ?? {}, `${field}.clientConfig`));
  errors.push(...checkReviewVersions(webhook.admissionReviewVersions ?? [], `${field}.admissionReviewVersions`));
  errors.push(...checkMatchConditions(webhook.matchConditions ?? [], `${field}.matchConditions`));
  return errors;
}

/** A webhook's name has a domain: `check.example.com`. */
function checkName(name: string, field: string): FieldError[] {
  if (!name) return [required(field)];
  const errors = checked(field, name, checkDns1123Subdomain(name));
  if (name.split('.').length < 3) {
    errors.push(invalid(field, name, 'should be a domain with at least three segments separated by dots'));
  }
  return errors;
}

function checkSideEffects(value: string | undefined, field: string): FieldError[] {
  const words = ['None', 'NoneOnDryRun'];
  if (!value) return [required(field, `must specify one of ${words.join(', ')}`)];
  return words.includes(value) ? [] : [notSupported(field, value, words)];
}

function checkReviewVersions(versions: readonly string[], field: string): FieldError[] {
  if (versions.length === 0) return [required(field, `must specify one of ${reviewVersions.join(', ')}`)];
  const errors = versions.flatMap((version, index) =>
    versions.indexOf(version) < index
      ? [invalid(`${field}[${index}]`, version, 'duplicate version')]
      : checked(`${field}[${index}]`, version, checkDns1035Label(version)),
  );
  if (!versions.some((version) => reviewVersions.includes(version))) {
    errors.push(invalid(field, versions, `must include at least one of ${reviewVersions.join(', ')}`));
  }
  return errors;
}

function checkMatchConditions(conditions: ReadonlyArray<{ name?: string; expression?: string }>, field: string) {
  if (conditions.length > maxMatchConditions) {
    return [tooMany(field, conditions.length, maxMatchConditions)];
  }
  const names = new Set<string>();
  return conditions.flatMap(({ name = '', expression = '' }, index) => {
    const at = `${field}[${index}]`;
    const errors: FieldError[] = name
      ? checked(`${at}.name`, name, checkQualifiedName(name))
      : [required(`${at}.name`)];
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    if (name) names.add(name);
    if (!expression.trim()) errors.push(required(`${at}.expression`));
    return errors;
  });
}

function checkClientConfig({ url, service }: WebhookClientConfig, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if ((url === undefined) === (service === undefined)) {
    errors.push(required(field, 'exactly one of url or service is required'));
  }
  if (url !== undefined) errors.push(...checkUrl(url, `${field}.url`));
  if (service) errors.push(...checkService(service, `${field}.service`));
  return errors;
}

function checkUrl(text: string, field: string): FieldError[] {
  const form = '; desired format: https://host[/path]';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return [required(field, `url must be a valid URL: ${JSON.stringify(text)}${form}`)];
  }
  const errors: FieldError[] = [];
  const scheme = url.protocol.replace(/:$/, '');
  if (scheme !== 'https') errors.push(invalid(field, scheme, `'https' is the only allowed URL scheme${form}`));
  if (!url.host) errors.push(invalid(field, url.host, `host must be specified${form}`));
  if (url.username || url.password) {
    errors.push(invalid(field, url.username, 'user information is not permitted in the URL'));
  }
  if (url.hash) errors.push(invalid(field, url.hash.slice(1), 'fragments are not permitted in the URL'));
  if (url.search) errors.push(invalid(field, url.search.slice(1), 'query parameters are not permitted in the URL'));
  return errors;
}

function checkService({ name, namespace, path, port = 443 }: ServiceReference, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!name) errors.push(required(`${field}.name`));
  if (!namespace) errors.push(required(`${field}.namespace`));
  const problems = checkPortNumber(port);
  if (problems.length > 0) errors.push(invalid(`${field}.port`, port, `port is not valid: ${problems.join(', ')}`));
  if (path !== undefined) errors.push(...checkPath(path, `${field}.path`));
  return errors;
}

/** A path of segments that are names each; a slash at its end is fine. */
function checkPath(path: string, field: string): FieldError[] {
  if (path === '' || path === '/') return [];
  if (!path.startsWith('/')) return [invalid(field, path, "must start with a '/'")];
  const segments = path
    .slice(1)
    .replace(/(.)\/$/, '$1')
    .split('/');
  return segments.flatMap((segment, index) => {
    if (segment === '') return [invalid(field, path, `segment[${index}] may not be empty`)];
    return checkDns1123Subdomain(segment).map((problem) => invalid(field, path, `segment[${index}]: ${problem}`));
  });
}
