import { canonicalJson } from './canonical-json';
import type { PodTemplateSpec } from './generated/types';
import { equalJson } from './schema-engine';
import { labels } from './well-known';

const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/**
 * The hash that names a template's ReplicaSet (`web-6d4cf56db6`) and labels its pods. The same template always gives
 * the same hash; `collisionCount` (a Deployment's status) turns to another one when two templates share it.
 */
export function podTemplateHash(template: PodTemplateSpec, collisionCount?: number): string {
  const text = canonicalJson(withoutHash(template)) + (collisionCount === undefined ? '' : `#${collisionCount}`);
  return [...String(fnv1a(text))].map((digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join('');
}

/** Whether two templates ask for the same pods: equal but for the hash label. */
export function sameTemplate(a: PodTemplateSpec | undefined, b: PodTemplateSpec | undefined): boolean {
  return equalJson(withoutHash(a), withoutHash(b));
}

function withoutHash(template: PodTemplateSpec | undefined): PodTemplateSpec {
  const { metadata, ...rest } = template ?? {};
  if (!metadata) return rest;
  // Go once wrote `creationTimestamp: null` into every template; with or without it, the template is the same.
  const { labels: all, creationTimestamp: _ignored, ...meta } = metadata;
  const { [labels.podTemplateHash]: _hash, ...others } = all ?? {};
  if (Object.keys(others).length) return { ...rest, metadata: { ...meta, labels: others } };
  return Object.keys(meta).length ? { ...rest, metadata: meta } : rest;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}
