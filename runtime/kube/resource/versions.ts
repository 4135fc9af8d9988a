const VERSION = /^v([1-9]\d*)(?:(alpha|beta)([1-9]\d*))?$/;

/**
 * Orders API versions as Kubernetes prefers them, best first: stable ones before beta before alpha, higher numbers
 * first; names that are no versions of Kubernetes' form last, by the alphabet.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [VERSION.exec(a), VERSION.exec(b)];
  if (!left || !right) return Number(!left) - Number(!right) || (a < b ? -1 : a > b ? 1 : 0);
  return (
    stability(right) - stability(left) ||
    Number(right[1]) - Number(left[1]) ||
    Number(right[3] ?? 0) - Number(left[3] ?? 0)
  );
}

function stability([, , stage]: RegExpExecArray): number {
  if (stage === undefined) return 2;
  return stage === 'beta' ? 1 : 0;
}
