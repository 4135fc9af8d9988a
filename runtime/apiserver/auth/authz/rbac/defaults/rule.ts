import type { PolicyRule } from '../../../../../kube/generated/types';

/** `rule('get list', 'apps', 'deployments replicasets')`; the group of core resources is empty. */
export function rule(verbs: string, group: string, resources: string, names?: string): PolicyRule {
  return {
    verbs: words(verbs),
    apiGroups: [group],
    resources: words(resources),
    ...(names ? { resourceNames: words(names) } : {}),
  };
}

export function urlRule(verbs: string, urls: string): PolicyRule {
  return { verbs: words(verbs), nonResourceURLs: words(urls) };
}

export const read = 'get list watch';
export const write = 'create delete deletecollection patch update';
export const readWrite = 'create delete deletecollection get list patch update watch';

function words(text: string): string[] {
  return text.split(/\s+/);
}
