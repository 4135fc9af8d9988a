import { createHash } from 'node:crypto';
import type { AnyObject } from '../../../kube/object';
import type { Diagnostics } from '../../protocol/diagnostics';
import { Dynamic, ExactNumber, isWhollyKnown, Unknown, type Value } from '../../protocol/value';

/** What names an object in a cluster. `namespace` is as the manifest has it: a cluster may add one. */
export interface Identity {
  apiVersion: string;
  kind: string;
  name: string;
  namespace?: string;
}

/** An attribute's value as JSON, or undefined while any of it is unknown. Nulls are fields left out. */
export function toJson(value: unknown): unknown {
  if (value === Unknown || !isWhollyKnown(value)) return undefined;
  return json(value as Value | Dynamic);
}

function json(value: Value | Dynamic): unknown {
  if (value instanceof Dynamic) return json(value.toJs());
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof ExactNumber) return value.float ?? Number(value.text);
  if (Array.isArray(value)) return value.filter((each) => each !== null).map(json);
  if (typeof value === 'object' && value !== null) {
    const kept = Object.entries(value).filter(([, each]) => each !== null);
    return Object.fromEntries(kept.map(([key, each]) => [key, json(each as Value)]));
  }
  return value;
}

/** A field of the manifest that is known, though other parts of it may not be. */
function field(value: unknown, ...path: string[]): unknown {
  let at: unknown = value instanceof Dynamic ? value.value : value;
  for (const step of path) {
    if (at === Unknown) return Unknown;
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<string, unknown>)[step];
    if (at instanceof Dynamic) at = at.value;
  }
  return at ?? undefined;
}

/** Reports what of the identity is missing or of a wrong type, each at its place. Unknown parts are passed over. */
export function checkIdentity(manifest: unknown, diagnostics: Diagnostics): void {
  const inner = manifest instanceof Dynamic ? manifest.value : manifest;
  if (inner === Unknown) return;
  if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) {
    diagnostics.error('The manifest is no object', 'Give an object with apiVersion, kind and metadata.', ['manifest']);
    return;
  }
  for (const path of [['apiVersion'], ['kind'], ['metadata', 'name']]) {
    const value = field(manifest, ...path);
    if (value === Unknown || (typeof value === 'string' && value !== '')) continue;
    const name = path.join('.');
    const detail =
      value === undefined
        ? `The manifest needs ${name}.${name === 'metadata.name' && field(manifest, 'metadata', 'generateName') ? ' generateName is not served: the name must be known to find the object again.' : ''}`
        : `${name} is ${JSON.stringify(value)}; it must be text that is not empty.`;
    diagnostics.error(`${name} is missing`, detail, ['manifest', ...path]);
  }
}

/** Undefined where the manifest names no object (yet). */
export function identityOf(manifest: unknown): Identity | undefined {
  const [apiVersion, kind, name, namespace] = [
    field(manifest, 'apiVersion'),
    field(manifest, 'kind'),
    field(manifest, 'metadata', 'name'),
    field(manifest, 'metadata', 'namespace'),
  ];
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') return undefined;
  if (namespace === Unknown) return undefined;
  return { apiVersion, kind, name, ...(typeof namespace === 'string' && namespace ? { namespace } : {}) };
}

/** `Deployment default/web`, for messages. */
export function describe({ kind, namespace, name }: Identity): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

/** Hash of what is applied, whatever the order of its keys. Write-only values count by their version alone. */
export function manifestHash(manifest: unknown, dataVersion: number | bigint | null): string {
  const hash = createHash('sha256').update(canonical(manifest));
  if (dataVersion !== null) hash.update(`\0${dataVersion}`);
  return hash.digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, each]) => `${JSON.stringify(key)}:${canonical(each)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/** What an object has beside what its author wrote: set by the server, different in each cluster. */
export function withoutServerFields(object: AnyObject): AnyObject {
  const { status: _status, ...rest } = object;
  const {
    uid: _uid,
    resourceVersion: _resourceVersion,
    generation: _generation,
    creationTimestamp: _creationTimestamp,
    managedFields: _managedFields,
    selfLink: _selfLink,
    ...metadata
  } = rest.metadata as unknown as Record<string, unknown>;
  return { ...rest, metadata } as AnyObject;
}
