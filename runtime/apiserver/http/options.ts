import { errorText } from '../../kube/field-errors';
import type { DeleteOptions } from '../../kube/generated/types';
import { isObject, validateSchema } from '../../kube/schema-engine';
import { schemaOfType } from '../../kube/schemas';
import { StatusError } from '../../kube/status-error';
import type { WriteRequest } from '../registry/context';
import type { ListOptions } from '../registry/list';
import type { WatchOptions } from '../watch/watch';
import type { Exchange } from './exchange';

/** The options of a list, from a query. @throws StatusError 400 */
export function listOptions(query: URLSearchParams, namespace: string | undefined): ListOptions {
  return {
    ...selectors(query, namespace),
    limit: count(query, 'limit'),
    continue: text(query, 'continue'),
    resourceVersion: text(query, 'resourceVersion'),
    resourceVersionMatch: text(query, 'resourceVersionMatch'),
  };
}

/** The options of a watch, from a query. @throws StatusError 400 */
export function watchOptions(query: URLSearchParams, namespace: string | undefined): WatchOptions {
  return {
    ...selectors(query, namespace),
    resourceVersion: text(query, 'resourceVersion'),
    resourceVersionMatch: text(query, 'resourceVersionMatch'),
    allowWatchBookmarks: flag(query, 'allowWatchBookmarks'),
    sendInitialEvents: flag(query, 'sendInitialEvents'),
    timeoutSeconds: count(query, 'timeoutSeconds'),
  };
}

/** How a request writes: by whom, under which manager's name, whether at all. @throws StatusError 400 */
export function writeRequest({ info, request, user, warnings, audit }: Exchange): WriteRequest {
  const { query } = info;
  const manager = text(query, 'fieldManager');
  const validation = text(query, 'fieldValidation') ?? 'Warn';
  if (validation !== 'Strict' && validation !== 'Warn' && validation !== 'Ignore') {
    throw new StatusError(
      'BadRequest',
      `fieldValidation: Unsupported value: ${JSON.stringify(validation)}: supported values: "Ignore", "Strict", "Warn"`,
    );
  }
  if (manager !== undefined && (manager.length > 128 || !/^[\x20-\x7e]+$/.test(manager))) {
    throw new StatusError('BadRequest', 'fieldManager: Invalid value: must be at most 128 printable characters');
  }
  const dryRun = query.getAll('dryRun').filter((value) => value !== '');
  if (dryRun.some((value) => value !== 'All')) {
    throw new StatusError(
      'BadRequest',
      `dryRun: Unsupported value: ${JSON.stringify(dryRun)}: supported values: "All"`,
    );
  }
  return {
    user,
    fieldManager: manager ?? managerOf(String(request.headers['user-agent'] ?? '')),
    explicitManager: manager !== undefined,
    fieldValidation: validation,
    dryRun: dryRun.length > 0,
    force: flag(query, 'force') ?? false,
    warn: (warning) => warnings.push(warning),
    annotate: (key, value) => audit.annotate(key, value),
  };
}

/** As in Kubernetes, a client that names no manager is known by its user agent up to the first slash. */
function managerOf(userAgent: string): string {
  return userAgent.split('/', 1)[0]?.slice(0, 128) || 'unknown';
}

const deleteOptionsType = 'io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions';

/** The options of a delete: what the body says, and what it leaves open, from a query. @throws StatusError 400 */
export function deleteOptions(query: URLSearchParams, body: unknown): Partial<DeleteOptions> {
  const wrong = (why: string) => new StatusError('BadRequest', `DeleteOptions cannot be read: ${why}`);
  if (!isObject(body)) throw wrong('must be an object');
  const errors = validateSchema(schemaOfType(deleteOptionsType), body, { required: false });
  if (errors.length) throw wrong(errors.map(errorText).join(', '));
  const grace = text(query, 'gracePeriodSeconds');
  if (grace !== undefined && !/^-?\d{1,15}$/.test(grace)) {
    throw new StatusError(
      'BadRequest',
      `gracePeriodSeconds: Invalid value: ${JSON.stringify(grace)}: must be an integer`,
    );
  }
  const policy = text(query, 'propagationPolicy');
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
    ...(policy === undefined ? {} : { propagationPolicy: policy }),
    ...body,
  };
}

function selectors(query: URLSearchParams, namespace: string | undefined) {
  return {
    namespace,
    labelSelector: text(query, 'labelSelector'),
    fieldSelector: text(query, 'fieldSelector'),
  };
}

function text(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}

function flag(query: URLSearchParams, name: string): boolean | undefined {
  const value = query.get(name);
  if (value === null || value === '') return undefined;
  return value === 'true' || value === '1';
}

function count(query: URLSearchParams, name: string): number | undefined {
  const value = text(query, name);
  if (value === undefined) return undefined;
  if (/^\d{1,10}$/.test(value)) return Number(value);
  throw new StatusError(
    'BadRequest',
    `${name}: Invalid value: ${JSON.stringify(value)}: must be a non-negative integer`,
  );
}
