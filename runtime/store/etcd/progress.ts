/**
 * Whether an etcd answers a progress request only once it has sent every event up to then. Earlier versions answered at
 * once (etcd-io/etcd#15220), so that a watch would be taken for further than it is.
 */
export function trustsProgress(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  if (major !== 3) return major > 3;
  if (minor === 4) return patch >= 31;
  if (minor === 5) return patch >= 13;
  return minor > 5;
}
