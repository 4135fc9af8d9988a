/** One step into an object: a field or map key by name, a list item by index. */
export type PathStep = string | number;

/** `spec` + `replicas` → `spec.replicas`. */
function childPath(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/** `spec.containers` + 0 → `spec.containers[0]`; `metadata.labels` + `a/b` → `metadata.labels[a/b]`. */
function itemPath(path: string, key: string | number): string {
  return `${path}[${key}]`;
}

const PLAIN = /^[A-Za-z_$][\w$-]*$/;

/** Steps in Kubernetes' notation: `['spec','containers',0,'image']` → `spec.containers[0].image`. */
export function formatPath(steps: readonly PathStep[]): string {
  let path = '';
  for (const step of steps) {
    path = typeof step === 'string' && PLAIN.test(step) ? childPath(path, step) : itemPath(path, step);
  }
  return path;
}

/** The reverse of `formatPath`; a bracket holding digits is an index. Never throws: odd text becomes a name. */
export function parsePath(path: string): PathStep[] {
  const steps: PathStep[] = [];
  let at = 0;
  while (at < path.length) {
    if (path[at] === '[') {
      const end = path.indexOf(']', at);
      if (end < 0) return [...steps, path.slice(at)];
      const inside = path.slice(at + 1, end);
      steps.push(/^\d{1,15}$/.test(inside) ? Number(inside) : inside.replace(/^"(.*)"$/, '$1'));
      at = end + 1;
      continue;
    }
    if (path[at] === '.') at++;
    const rest = path.slice(at).search(/[.[]/);
    const end = rest < 0 ? path.length : at + rest;
    if (end > at) steps.push(path.slice(at, end));
    at = Math.max(end, at);
    if (rest === 0 && path[at] === '.') at++;
  }
  return steps;
}

/** What stands at a path of names; undefined where nothing does. */
export function valueAt(object: unknown, path: string): unknown {
  return parsePath(path).reduce<unknown>(
    (at, step) =>
      typeof at === 'object' && at !== null && !Array.isArray(at) ? (at as Record<PathStep, unknown>)[step] : undefined,
    object,
  );
}
