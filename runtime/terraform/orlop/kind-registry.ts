import type { HttpApiClient } from '../../client/http-client';
import type { AnyObject } from '../../kube/object';
import * as builtIn from '../../kube/resource';
import { apiVersionOf, type Resource } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';

/** The kinds that orlop itself serves, known without a cluster. */
function builtInResource(apiVersion: string, kind: string): Resource | undefined {
  return (Object.values(builtIn) as unknown[]).find(
    (each): each is Resource =>
      typeof each === 'object' &&
      each !== null &&
      (each as Resource).kind === kind &&
      apiVersionOf(each as Resource) === apiVersion,
  );
}

/** Which path a kind is served at: from the built-in ones, else as the cluster's discovery says. */
export class KindRegistry {
  private readonly lists = new Map<string, Promise<Resource[]>>();

  constructor(private readonly client: HttpApiClient) {}

  /** Undefined when the cluster does not serve the kind. */
  async find(apiVersion: string, kind: string): Promise<Resource | undefined> {
    const known = builtInResource(apiVersion, kind);
    if (known) return known;
    let list = this.lists.get(apiVersion);
    if (!list) {
      list = this.discover(apiVersion);
      this.lists.set(apiVersion, list);
      list.catch(() => this.lists.delete(apiVersion));
    }
    const found = (await list).find((each) => each.kind === kind);
    // A custom resource may have been defined by another resource of the same apply.
    if (!found) this.lists.delete(apiVersion);
    return found;
  }

  private async discover(apiVersion: string): Promise<Resource[]> {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
    const path = group ? `/apis/${group}/${version}` : `/api/${version}`;
    try {
      const answer = await this.client.raw(path);
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      const { resources = [] } = JSON.parse(Buffer.concat(chunks).toString('utf8')) as {
        resources?: Array<{ name: string; kind: string; namespaced: boolean }>;
      };
      return resources
        .filter((each) => !each.name.includes('/'))
        .map(
          ({ name, kind, namespaced }): Resource<AnyObject> => ({
            group: group as string,
            version: version as string,
            kind,
            plural: name,
            namespaced,
          }),
        );
    } catch (error) {
      if (isStatusError(error, 'NotFound')) return [];
      throw error;
    }
  }
}
