import { type Level, levels, type Policy, type Stage } from '../../config/audit-policy';
import { isStatusError, type StatusError } from '../../kube/status-error';
import type { User } from '../auth/user';
import type { RequestInfo } from '../http/request-info';
import { type AuditEvent, type AuditUser, holdsSecrets, maxEventBytes, type ObjectRef, objectRefOf } from './event';
import { type Recording, recordingOf } from './policy';

/** What is known of a request before anything is known of its user. */
export interface Caller {
  /** As the client gave it, where it did. @default a new one */
  auditId?: string;
  requestUri: string;
  method: string;
  sourceIps: string[];
  userAgent?: string;
}

/** What the request's handlers tell, as they come to know it. */
export interface RequestAudit {
  /** The answer's `Audit-ID` header; undefined where nothing is recorded. */
  readonly auditId?: string;
  /** What the request is about. Without it, its line could not be read. */
  parsed(info: RequestInfo): void;
  /** Who makes the request. Without it, it is recorded as one that could not be authenticated. */
  authenticated(user: User): void;
  /** As whom the request goes on. */
  impersonating(user: User): void;
  annotate(key: string, value: string): void;
  /** The decoded body. */
  requestObject(value: unknown): void;
  /** Metadata of the object that the request made. */
  made(metadata: { name?: string; uid?: string }): void;
  /** The answer's body as JSON; called only where `wantsResponse`. */
  responseObject(json: Buffer): void;
  readonly wantsResponse: boolean;
  /** The answer of a long-running request has begun. */
  started(code: number): void;
  failed(error: unknown): void;
  /** The request is over. */
  complete(code: number): void;
}

/** What all records share. */
export interface AuditParts {
  policy: Policy;
  write(event: AuditEvent): void;
  now(): number;
}

/** Who could not be authenticated. */
const nobody: User = { name: '', groups: [] };
/** As in Kubernetes: only requests that took this long carry their latency as an annotation. */
const slowMs = 500;

export class AuditRecord implements RequestAudit {
  private readonly received: number;
  private recording: Recording | undefined;
  private user: AuditUser = nobody;
  private impersonated: AuditUser | undefined;
  private info: RequestInfo | undefined;
  private ref: ObjectRef | undefined;
  private annotations: Record<string, string> | undefined;
  private request: unknown;
  private response: unknown;
  private status: object | undefined;
  private panicked = false;
  private over = false;

  constructor(
    private readonly parts: AuditParts,
    private readonly caller: Caller,
    readonly auditId: string,
  ) {
    this.received = parts.now();
  }

  parsed(info: RequestInfo): void {
    this.info = info;
    this.ref = objectRefOf(info);
  }

  get wantsResponse(): boolean {
    return this.atLeast('RequestResponse');
  }

  authenticated(user: User): void {
    this.user = user;
    this.recording = this.decide(user);
    this.emit('RequestReceived');
  }

  impersonating(user: User): void {
    this.impersonated = user;
  }

  annotate(key: string, value: string): void {
    this.annotations ??= {};
    this.annotations[key] ??= value;
  }

  requestObject(value: unknown): void {
    if (!this.atLeast('Metadata')) return;
    if (typeof value === 'object' && value && 'metadata' in value) {
      this.identify(value.metadata as object | null, ['name', 'uid', 'resourceVersion']);
    }
    if (this.atLeast('Request')) this.request = this.trimmed(value);
  }

  made(metadata: { name?: string; uid?: string }): void {
    this.identify(metadata, ['name', 'uid']);
  }

  responseObject(json: Buffer): void {
    if (json.length > maxEventBytes) this.annotate('audit.k8s.io/truncated', 'true');
    else this.response = this.trimmed(JSON.parse(json.toString('utf8')));
  }

  started(code: number): void {
    this.emit('ResponseStarted', { metadata: {}, code });
  }

  failed(error: unknown): void {
    if (!isStatusError(error)) {
      this.panicked = true;
      const message = `APIServer panic'd: ${error instanceof Error ? error.message : String(error)}`;
      this.status = { metadata: {}, status: 'Failure', message, reason: 'InternalError', code: 500 };
    } else this.status = this.statusOf(error);
  }

  complete(code: number): void {
    if (this.over) return;
    this.over = true;
    this.recording ??= this.decide(nobody);
    const took = this.parts.now() - this.received;
    if (took >= slowMs && this.info?.verb !== 'watch') this.annotate('apiserver.latency.k8s.io/total', `${took}ms`);
    this.emit(this.panicked ? 'Panic' : 'ResponseComplete', this.status ?? { metadata: {}, code });
  }

  private decide(user: User): Recording {
    const { info, caller } = this;
    // A path that cannot be read is like none that a rule names.
    const { resource, verb, path } = info ?? { verb: caller.method.toLowerCase(), path: '' };
    const attributes = { user: user.name, groups: user.groups, verb, path, resource };
    const recording = recordingOf(this.parts.policy, attributes);
    return rank(recording.level) > rank('Metadata') && (!info || holdsSecrets(info))
      ? { ...recording, level: 'Metadata' }
      : recording;
  }

  private identify(metadata: object | null, keys: Array<'name' | 'uid' | 'resourceVersion'>): void {
    const { ref } = this;
    if (!ref || !metadata) return;
    for (const key of keys) {
      const value = (metadata as Record<string, unknown>)[key];
      if (typeof value === 'string' && value) ref[key] ??= value.slice(0, 253);
    }
  }

  private atLeast(level: Level): boolean {
    return this.recording !== undefined && rank(this.recording.level) >= rank(level);
  }

  /** What is said about a body that holds a secret may quote it, so that its words are left out. */
  private statusOf({ reason, message, code }: StatusError): object {
    const quotes = this.info?.resource !== undefined && holdsSecrets(this.info) && (code === 400 || code === 422);
    return { metadata: {}, status: 'Failure', message: quotes ? undefined : message, reason, code };
  }

  private trimmed(value: unknown): unknown {
    if (!this.recording?.omitManagedFields || typeof value !== 'object' || !value) return value;
    const { metadata, items } = value as { metadata?: object; items?: unknown };
    return {
      ...value,
      ...(metadata ? { metadata: { ...metadata, managedFields: undefined } } : {}),
      ...(Array.isArray(items) ? { items: items.map((item) => this.trimmed(item)) } : {}),
    };
  }

  private emit(stage: Stage, responseStatus?: object): void {
    const { recording, caller } = this;
    if (!recording || recording.level === 'None' || recording.omitStages.includes(stage)) return;
    const now = this.parts.now();
    this.parts.write({
      level: recording.level,
      auditID: this.auditId,
      stage,
      requestURI: caller.requestUri,
      verb: this.info?.verb ?? caller.method.toLowerCase(),
      user: this.user,
      impersonatedUser: this.impersonated,
      sourceIPs: caller.sourceIps,
      userAgent: caller.userAgent,
      objectRef: this.ref,
      responseStatus,
      requestObject: this.request,
      responseObject: this.response,
      requestReceivedTimestamp: this.received,
      stageTimestamp: stage === 'RequestReceived' ? this.received : now,
      annotations: this.annotations,
    });
  }
}

const rank = (level: Level) => levels.indexOf(level);

/** Of a request that nobody records. */
export const silentRecord: RequestAudit = {
  wantsResponse: false,
  parsed() {},
  authenticated() {},
  impersonating() {},
  annotate() {},
  requestObject() {},
  made() {},
  responseObject() {},
  started() {},
  failed() {},
  complete() {},
};
