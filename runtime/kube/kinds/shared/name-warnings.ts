import type { ObjectMeta } from '../../generated/types';
import { checkDns1123Label } from '../../names';

/** Warns of a name that is valid for the object but makes odd names of pods and hosts. */
export function podNameWarnings({ name }: ObjectMeta, usedIn = 'Pod names and hostnames'): string[] {
  const problems = name ? checkDns1123Label(name) : [];
  if (problems.length === 0) return [];
  const why = 'which can result in surprising behavior; a DNS label is recommended';
  return [`metadata.name: this is used in ${usedIn}, ${why}: [${problems.join(', ')}]`];
}
