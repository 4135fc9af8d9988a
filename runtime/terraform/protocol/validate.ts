import type { z } from 'zod';
import type { Block } from './block';
import type { AttributePath, Diagnostics } from './diagnostics';
import { Dynamic, ExactNumber, isObjectValue, isWhollyKnown, type ObjectValue, Unknown, type Value } from './value';
import { blockOf } from './zod-block';

/**
 * Checks each configured property by its own zod type. What is unknown passes; so does, where something within a property is
 * unknown, what zod's own refinements would say of it. Rules across properties belong in the resource's `validate`.
 */
export function validateConfig(schema: z.ZodObject, config: ObjectValue, diagnostics: Diagnostics): void {
  const block = blockOf(schema);
  const hidden = new Set(block.attributes.filter((each) => each.sensitive || each.writeOnly).map((each) => each.name));
  for (const [name, property] of Object.entries(schema.shape)) {
    const attribute = block.attributes.find((each) => each.name === name);
    const value = config[name] ?? null;
    if (value === Unknown || (value === null && attribute && !attribute.required)) continue;
    const input = value === null ? undefined : zodInput(value);
    const result = (property as z.ZodType).safeParse(input);
    for (const issue of result.error?.issues ?? []) {
      const path = issue.path.map((step) => (typeof step === 'symbol' ? step.toString() : step));
      const received = valueAt(input, path);
      if (excused(issue.code, received, block, [name, ...path])) continue;
      const shown = hidden.has(name) || received === undefined ? '' : `, but got ${show(received)}`;
      diagnostics.error(`Invalid value for ${formatPath([name, ...path])}`, `${issue.message}${shown}.`, [
        name,
        ...path,
      ]);
    }
  }
}

/** `ports[0].internal`, as in Terraform's own messages. */
export function formatPath(path: AttributePath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    if (!/^[A-Za-z_][\w-]*$/.test(step)) return `${text}[${JSON.stringify(step)}]`;
    return text ? `${text}.${step}` : step;
  }, '');
}

function excused(code: string | undefined, received: unknown, block: Block, path: AttributePath): boolean {
  if (received === Unknown) return true;
  if (code === 'invalid_union' || code === 'custom') return !isWhollyKnown(received);
  return received === undefined && isComputed(block, path);
}

function isComputed(block: Block, path: AttributePath): boolean {
  const [name, ...rest] = path.filter((step) => typeof step === 'string');
  const attribute = block.attributes.find((each) => each.name === name);
  if (attribute?.nested && rest.length > 0) {
    return isComputed({ attributes: attribute.nested.attributes, blocks: [] }, rest);
  }
  const nested = block.blocks.find((each) => each.name === name);
  return nested ? isComputed(nested.block, rest) : (attribute?.computed ?? false);
}

/** As zod expects it: absent instead of null, plain numbers and data; `Unknown` stays where it is. */
function zodInput(value: Value): unknown {
  if (value instanceof Dynamic) return zodInput(value.toJs());
  if (value instanceof ExactNumber || typeof value === 'bigint') return Number(value);
  if (Array.isArray(value)) return value.map(zodInput);
  if (!isObjectValue(value)) return value;
  const present = Object.entries(value).filter(([, element]) => element !== null);
  return Object.fromEntries(present.map(([key, element]) => [key, zodInput(element)]));
}

/** What stands at `path`, or the Unknown that the way there runs into. */
function valueAt(value: unknown, path: AttributePath): unknown {
  let current = value;
  for (const step of path) {
    if (current === Unknown || current === null || typeof current !== 'object') break;
    current = (current as Record<string | number, unknown>)[step];
  }
  return current;
}

function show(value: unknown): string {
  const text = JSON.stringify(value, (_key, each: unknown) => (each === Unknown ? '(unknown)' : each)) ?? String(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
