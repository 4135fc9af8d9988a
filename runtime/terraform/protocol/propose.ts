import type { Attribute, Block, NestedBlock } from './block';
import { typeOf } from './block';
import type { AttributePath } from './diagnostics';
import { Anything, equalByType } from './equal';
import { isObjectValue, type ObjectValue, Unknown, type Value } from './value';

/**
 * The plan before the resource has its say: what is configured; defaults where nothing is; and what is computed unknown on
 * create and as before on update. Elements of a set, which have no position, are matched by what is configured of them.
 */
export function propose(block: Block, config: ObjectValue, prior: ObjectValue | null): ObjectValue {
  const result = proposeAttributes(block.attributes, config, prior);
  for (const nested of block.blocks) {
    result[nested.name] = proposeBlock(nested, config[nested.name] ?? null, prior?.[nested.name]);
  }
  return result;
}

function proposeAttributes(
  attributes: readonly Attribute[],
  config: ObjectValue,
  prior: ObjectValue | null | undefined,
): ObjectValue {
  return Object.fromEntries(
    attributes.map((attribute) => [
      attribute.name,
      proposeAttribute(attribute, config[attribute.name] ?? null, prior ? (prior[attribute.name] ?? null) : undefined),
    ]),
  );
}

function proposeAttribute(attribute: Attribute, config: Value, prior: Value | undefined): Value {
  if (attribute.writeOnly) return null;
  if (config === null) {
    if (attribute.defaultValue !== undefined) return structuredClone(attribute.defaultValue) as Value;
    if (!attribute.computed) return null;
    return prior === undefined ? Unknown : prior;
  }
  const nested = attribute.nested;
  if (!nested || config === Unknown) return config;
  const one = (element: Value, before: Value | undefined): Value =>
    isObjectValue(element)
      ? proposeAttributes(nested.attributes, element, isObjectValue(before) ? before : undefined)
      : element;
  const matches = (element: ObjectValue, before: ObjectValue) => matchesAttributes(nested.attributes, element, before);
  return elementwise(nested.nesting, config, prior, one, matches);
}

function proposeBlock(nested: NestedBlock, config: Value, prior: Value | undefined): Value {
  if (config === Unknown || config === null) return config;
  const one = (element: Value, before: Value | undefined): Value =>
    isObjectValue(element) ? propose(nested.block, element, isObjectValue(before) ? before : null) : element;
  const matches = (element: ObjectValue, before: ObjectValue) => matchesBlock(nested.block, element, before);
  return elementwise(nested.nesting, config, prior, one, matches);
}

/** Applies `one` to each element of a collection, beside the element it was before. */
function elementwise(
  nesting: 'single' | 'list' | 'set' | 'map',
  config: Value,
  prior: Value | undefined,
  one: (element: Value, before: Value | undefined) => Value,
  matches: (element: ObjectValue, before: ObjectValue) => boolean,
): Value {
  if (nesting === 'map' && isObjectValue(config)) {
    const before = isObjectValue(prior) ? prior : {};
    return Object.fromEntries(Object.entries(config).map(([key, element]) => [key, one(element, before[key])]));
  }
  if (!Array.isArray(config)) return one(config, prior);
  const before = Array.isArray(prior) ? [...prior] : [];
  if (nesting === 'list') return config.map((element, index) => one(element, before[index]));
  return config.map((element) => {
    const found = before.findIndex((each) => isObjectValue(element) && isObjectValue(each) && matches(element, each));
    return one(element, found < 0 ? undefined : before.splice(found, 1)[0]);
  });
}

function matchesBlock(block: Block, config: ObjectValue, prior: ObjectValue): boolean {
  return (
    matchesAttributes(block.attributes, config, prior) &&
    block.blocks.every(({ name, block: inner, nesting }) => {
      const a = config[name];
      const b = prior[name];
      if (!Array.isArray(a) || !Array.isArray(b)) return equalByType(a, b, typeOf(inner));
      if (a.length !== b.length) return false;
      const same = (x: Value, y: Value | undefined) =>
        isObjectValue(x) && isObjectValue(y) && matchesBlock(inner, x, y);
      return nesting === 'set' ? a.every((x) => b.some((y) => same(x, y))) : a.every((x, index) => same(x, b[index]));
    })
  );
}

function matchesAttributes(attributes: readonly Attribute[], config: ObjectValue, prior: ObjectValue): boolean {
  return attributes.every((attribute) => {
    const value = config[attribute.name] ?? attribute.defaultValue ?? null;
    if (value === null && attribute.computed) return true;
    return attribute.writeOnly || equalByType(value as Value, prior[attribute.name], attribute.type);
  });
}

/**
 * The paths at which a change from `prior` to `planned` needs a new resource, by the schema's `forceNew`. A value that
 * nobody configured and that is to be found out again is no change of anybody's.
 */
export function replacingPaths(
  block: Block,
  prior: ObjectValue,
  planned: ObjectValue,
  config: ObjectValue,
): AttributePath[] {
  return changedPaths(block, prior, exceptUnconfigured(planned, config) as ObjectValue);
}

function exceptUnconfigured(planned: Value, config: Value | undefined): Value {
  if (planned === Unknown && (config ?? null) === null) return Anything as unknown as Value;
  if (Array.isArray(planned)) {
    return planned.map((each, index) => exceptUnconfigured(each, Array.isArray(config) ? config[index] : undefined));
  }
  if (!isObjectValue(planned)) return planned;
  return Object.fromEntries(
    Object.entries(planned).map(([key, each]) => [
      key,
      exceptUnconfigured(each, isObjectValue(config) ? config[key] : undefined),
    ]),
  );
}

function changedPaths(block: Block, prior: ObjectValue, planned: ObjectValue): AttributePath[] {
  const paths: AttributePath[] = [];
  for (const { name, type, forceNew } of block.attributes) {
    if (forceNew && !equalByType(prior[name], planned[name], type)) paths.push([name]);
  }
  for (const nested of block.blocks) {
    const before = prior[nested.name];
    const after = planned[nested.name];
    const type = typeOf(nested.block);
    if (nested.forceNew || (nested.nesting === 'set' && hasForceNew(nested.block))) {
      const whole = nested.nesting === 'single' ? type : ([nested.nesting, type] as const);
      if (!equalByType(before, after, whole as typeof type)) paths.push([nested.name]);
    } else if (isObjectValue(before) && isObjectValue(after)) {
      paths.push(...changedPaths(nested.block, before, after).map((path) => [nested.name, ...path]));
    } else if (Array.isArray(before) && Array.isArray(after)) {
      after.forEach((element, index) => {
        const old = before[index];
        if (!isObjectValue(element) || !isObjectValue(old)) return;
        paths.push(...changedPaths(nested.block, old, element).map((path) => [nested.name, index, ...path]));
      });
    }
  }
  return paths;
}

function hasForceNew(block: Block): boolean {
  return (
    block.attributes.some((each) => each.forceNew) ||
    block.blocks.some((each) => each.forceNew || hasForceNew(each.block))
  );
}
