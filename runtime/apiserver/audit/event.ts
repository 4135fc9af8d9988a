import type { Level, Stage } from '../../config/audit-policy';
import { rfc3339Micro } from '../../util/clock';
import type { User } from '../auth/user';
import type { RequestInfo } from '../http/request-info';

/** What an audit event says of the object: of a create, the name becomes known by its body. */
export interface ObjectRef {
  resource: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiGroup?: string;
  apiVersion: string;
  resourceVersion?: string;
  subresource?: string;
}

export type AuditUser = User & { uid?: string; extra?: object };

/** An event of audit.k8s.io/v1, but for kind and apiVersion. Undefined fields are left out. */
export interface AuditEvent {
  level: Level;
  auditID: string;
  stage: Stage;
  requestURI: string;
  verb: string;
  user: AuditUser;
  impersonatedUser?: AuditUser;
  sourceIPs: string[];
  userAgent?: string;
  objectRef?: ObjectRef;
  responseStatus?: object;
  requestObject?: unknown;
  responseObject?: unknown;
  /** Milliseconds since the epoch. */
  requestReceivedTimestamp: number;
  stageTimestamp: number;
  annotations?: Record<string, string>;
}

/** As Kubernetes' `--audit-log-truncate-max-event-size`: what is larger goes without its bodies. */
export const maxEventBytes = 100 * 1024;
const maxUserAgentLength = 1024;

/** One line of the log, with its line break. */
export function encodeEvent(event: AuditEvent): string {
  const whole = lineOf(event);
  if (whole.length <= maxEventBytes) return whole;
  const annotations = { ...event.annotations, 'audit.k8s.io/truncated': 'true' };
  return lineOf({ ...event, requestObject: undefined, responseObject: undefined, annotations });
}

/** Put together by hand: one is written for every request, and most of it is the same as the last time. */
function lineOf(event: AuditEvent): string {
  const { level, stage, requestReceivedTimestamp: received, stageTimestamp } = event;
  const fields = [
    `{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"${level}","auditID":${JSON.stringify(event.auditID)}`,
    `,"stage":"${stage}","requestURI":${JSON.stringify(event.requestURI)},"verb":${JSON.stringify(event.verb)}`,
    `,"user":${userJson(event.user)}`,
    event.impersonatedUser ? `,"impersonatedUser":${userJson(event.impersonatedUser)}` : '',
    `,"sourceIPs":${JSON.stringify(event.sourceIPs)}`,
    field('userAgent', event.userAgent),
    field('objectRef', event.objectRef),
    field('responseStatus', event.responseStatus),
    field('requestObject', event.requestObject),
    field('responseObject', event.responseObject),
    `,"requestReceivedTimestamp":"${timestamp(received)}","stageTimestamp":"${timestamp(stageTimestamp)}"`,
    field('annotations', event.annotations),
    '}\n',
  ];
  return fields.join('');
}

function field(name: string, value: unknown): string {
  return value === undefined ? '' : `,"${name}":${JSON.stringify(value)}`;
}

/** Users last as long as their connections. */
const known = new WeakMap<object, string>();

function userJson(user: AuditUser): string {
  let text = known.get(user);
  if (text === undefined) {
    const { name, uid, groups, extra } = user;
    text = JSON.stringify({ username: name || undefined, uid, groups: groups.length ? groups : undefined, extra });
    known.set(user, text);
  }
  return text;
}

let lastTime = Number.NaN;
let lastTimestamp = '';

/** Requests that are answered at once bear one time twice. */
function timestamp(ms: number): string {
  if (ms !== lastTime) {
    lastTime = ms;
    lastTimestamp = rfc3339Micro(ms);
  }
  return lastTimestamp;
}

export function objectRefOf({ resource }: RequestInfo): ObjectRef | undefined {
  if (!resource) return undefined;
  const { group, version, plural, namespace, name, subresource } = resource;
  return { resource: plural, namespace, name, apiGroup: group || undefined, apiVersion: version, subresource };
}

export function userAgentOf(header: string | undefined): string | undefined {
  if (!header || header.length <= maxUserAgentLength) return header || undefined;
  return `${header.slice(0, maxUserAgentLength)}...TRUNCATED`;
}

const address = /^[0-9a-fA-F.:]{2,45}$/;

/** Who is said to have sent the request, the connection's own peer last; all but that one can be made up. */
export function sourceIps(forwardedFor: string | undefined, peer: string | undefined): string[] {
  const told = (forwardedFor ?? '').slice(0, 1024).split(',', 16);
  const all = [...told.map((each) => each.trim()).filter((each) => address.test(each)), peer?.replace(/^::ffff:/, '')];
  return all.filter((each) => each !== undefined);
}

const withoutBody = ['secrets', 'configmaps', 'tokenreviews'];

/** Whether bodies of requests for it hold secrets, so that none is written whatever a policy says. */
export function holdsSecrets({ resource }: RequestInfo): boolean {
  if (!resource) return true;
  if (withoutBody.includes(resource.plural)) return true;
  return resource.plural === 'serviceaccounts' && resource.subresource === 'token';
}
