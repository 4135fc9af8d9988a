import { customKinds } from '../../kube/custom';
import type { CustomResourceDefinition } from '../../kube/generated/types';
import type { Kind } from '../../kube/kind';
import { customResourceDefinitions } from '../../kube/resource';
import type { Logger } from '../../util/logger';
import { resourcePrefix } from '../registry/store-key';
import type { StoredObject } from '../registry/stored-object';
import type { Cache } from '../watch/cache';
import type { KindCatalog } from './catalog';
import { KindTable } from './kind-table';

/**
 * The built-in kinds and those that the store's CustomResourceDefinitions make, as of the last event that the cache has
 * applied: who has seen a definition established finds its kinds here.
 */
export class LiveCatalog implements KindCatalog {
  private readonly custom = new Map<string, { from: string; kinds: readonly Kind[] }>();
  private readonly listeners = new Set<() => void>();
  private table: KindTable;

  constructor(
    private readonly builtIn: readonly Kind[],
    cache: Cache,
    private readonly logger: Logger,
  ) {
    const prefix = resourcePrefix(customResourceDefinitions);
    const definitions = cache.resource(prefix);
    for (const stored of definitions.list(prefix)) this.take(stored);
    this.table = this.tabulate();
    definitions.subscribe(({ key, object }) => {
      const changed = object ? this.take(object) : this.custom.delete(key);
      if (!changed) return;
      this.table = this.tabulate();
      for (const listener of [...this.listeners]) listener();
    });
  }

  find(group: string, version: string, plural: string): Kind | undefined {
    return this.table.find(group, version, plural);
  }

  list(): readonly Kind[] {
    return this.table.all;
  }

  versionsOf(kind: Kind): readonly Kind[] {
    return this.table.versionsOf(kind);
  }

  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Whether the definition makes other kinds than before. */
  private take(stored: StoredObject): boolean {
    const definition = stored.object as unknown as CustomResourceDefinition;
    const from = whatCounts(definition);
    const known = this.custom.get(stored.key);
    if (known?.from === from) return false;
    this.custom.set(stored.key, { from, kinds: this.kindsOf(definition) });
    return true;
  }

  private kindsOf(definition: CustomResourceDefinition): readonly Kind[] {
    try {
      return customKinds(definition);
    } catch (error) {
      // It was valid when it was written; another version of this server may have been more lenient.
      const fields = { definition: definition.metadata.name, error: String(error) };
      this.logger.error(fields, 'a CustomResourceDefinition cannot be served');
      return [];
    }
  }

  private tabulate(): KindTable {
    const taken = new Set(this.builtIn.map(pathOf));
    // Names that the server itself has are not accepted; a definition that has them all the same is left out.
    const custom = [...this.custom.values()]
      .flatMap(({ kinds }) => kinds)
      .filter((kind) => {
        const path = pathOf(kind);
        return !taken.has(path) && taken.add(path);
      });
    return new KindTable([...this.builtIn, ...custom]);
  }
}

function pathOf({ resource }: Kind): string {
  return `${resource.group}/${resource.version}/${resource.plural}`;
}

/** What of a definition decides on its kinds. */
function whatCounts({ metadata, spec, status }: CustomResourceDefinition): string {
  const established = status?.conditions?.find(({ type }) => type === 'Established')?.status;
  const { uid, deletionTimestamp } = metadata;
  return JSON.stringify([uid, spec, established, deletionTimestamp !== undefined, status?.acceptedNames]);
}
