import type { Kind } from '../../kube/kind';
import type { KindCatalog } from './catalog';
import { KindTable } from './kind-table';

/** A catalog that never changes. */
export class StaticCatalog implements KindCatalog {
  private readonly table: KindTable;

  /** @throws Error when two kinds are served at the same place */
  constructor(kinds: readonly Kind[]) {
    this.table = new KindTable(kinds);
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

  onChange(): () => void {
    return () => {};
  }
}
