import type { Authorizer } from './authorizer';

const open = ['/livez', '/readyz', '/healthz', '/version', '/ca', '/join'];

/** Whether a path is answered to anybody: health, the version, and what a node needs to join. */
export function isOpen(path: string): boolean {
  return isUnder(path, open);
}

/** Allows everybody what is open. */
export const openPaths: Authorizer = {
  authorize: (_user, { resource, path }) => ({ allowed: !resource && isOpen(path), reason: '' }),
};

function isUnder(path: string, roots: string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(`${root}/`));
}
