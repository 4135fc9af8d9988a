const simplePath = /^(\.[A-Za-z_$][\w$-]*)+$/;

/** Whether a path names one field, without lists: `.spec.replicas`. */
export function isSimplePath(path: string): boolean {
  return simplePath.test(path);
}
