import { parsePath } from '../../../kube/path';
import type { AttributePath } from '../../protocol/diagnostics';

/**
 * Where a field that Kubernetes names stands in a manifest. Managed fields are named with list keys and bare map keys
 * (`.spec.template.spec.containers[name="web"].ports[containerPort=80,protocol="TCP"]`,
 * `.metadata.labels.app.kubernetes.io/name`), which only the manifest itself can tell apart; rules name them with
 * positions (`spec.containers[0].image`).
 * @returns the longest part of the path that the manifest has, and whether that is all of it
 */
export function locate(manifest: unknown, fieldPath: string): { path: AttributePath; found: boolean } {
  const path: Array<string | number> = [];
  let at = manifest;
  let rest = fieldPath.replace(/^\./, '');
  while (rest !== '') {
    const step = rest.startsWith('[') ? itemStep(at, rest) : keyStep(at, rest);
    if (!step) return { path, found: false };
    path.push(step.step);
    at = (at as Record<string | number, unknown>)[step.step];
    rest = rest.slice(step.length).replace(/^\./, '');
  }
  return { path, found: true };
}

interface Step {
  step: string | number;
  length: number;
}

/** The longest key of the object that the path goes on with. */
function keyStep(at: unknown, rest: string): Step | undefined {
  if (typeof at !== 'object' || at === null || Array.isArray(at)) return undefined;
  const keys = Object.keys(at).filter((key) => rest.startsWith(key) && /^([.[]|$)/.test(rest.slice(key.length)));
  const longest = keys.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : { step: longest, length: longest.length };
}

function itemStep(at: unknown, rest: string): Step | undefined {
  const end = closingBracket(rest);
  const inside = rest.slice(1, end);
  const length = end + 1;
  if (Array.isArray(at)) {
    if (/^\d+$/.test(inside)) return Number(inside) < at.length ? { step: Number(inside), length } : undefined;
    const wanted = keyValues(inside);
    const index = at.findIndex((item) => wanted.every(([key, value]) => isWanted(item, key, value)));
    return index < 0 ? undefined : { step: index, length };
  }
  // `metadata.labels[a/b]`
  const [key] = parsePath(`[${inside}]`);
  const present = typeof at === 'object' && at !== null && key !== undefined && String(key) in at;
  return present ? { step: String(key), length } : undefined;
}

function closingBracket(text: string): number {
  let quoted = false;
  for (let at = 1; at < text.length; at++) {
    if (text[at] === '"' && text[at - 1] !== '\\') quoted = !quoted;
    if (text[at] === ']' && !quoted) return at;
  }
  return text.length;
}

/** `containerPort=80,protocol="TCP"` as keys and values. */
function keyValues(text: string): Array<[string, unknown]> {
  return [...text.matchAll(/([^=,]+)=("(?:[^"\\]|\\.)*"|[^,]*)/g)].map(([, key, value]) => {
    try {
      return [key as string, JSON.parse(value as string)];
    } catch {
      return [key as string, value];
    }
  });
}

/** A key that the manifest leaves out has its default: TCP is the only one there is. */
function isWanted(item: unknown, key: string, value: unknown): boolean {
  if (typeof item !== 'object' || item === null) return false;
  const own = (item as Record<string, unknown>)[key];
  return own === value || (own === undefined && key === 'protocol' && value === 'TCP');
}
