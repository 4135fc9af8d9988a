import type { Kind } from '../../kube/kind';
import { compareVersions } from '../../kube/resource';
import { kindPrefix } from '../registry/store-key';

/** Kinds by where they are served and by where they are stored. Immutable. */
export class KindTable {
  readonly all: readonly Kind[];
  private readonly byPath = new Map<string, Kind>();
  private readonly byStorage = new Map<string, Kind[]>();

  /** @throws Error when two kinds are served at the same place */
  constructor(kinds: readonly Kind[]) {
    // Groups stay in the order in which they came; sorting is stable.
    const groups = [...new Set(kinds.map(({ resource }) => resource.group))];
    const rank = new Map(groups.map((group, index) => [group, index]));
    this.all = [...kinds].sort(
      ({ resource: a }, { resource: b }) =>
        (rank.get(a.group) as number) - (rank.get(b.group) as number) || compareVersions(a.version, b.version),
    );
    for (const kind of this.all) {
      const { group, version, plural } = kind.resource;
      const path = pathOf(group, version, plural);
      if (this.byPath.has(path)) throw new Error(`two kinds are served at ${path}`);
      this.byPath.set(path, kind);
      const stored = kindPrefix(kind);
      this.byStorage.set(stored, [...(this.byStorage.get(stored) ?? []), kind]);
    }
  }

  find(group: string, version: string, plural: string): Kind | undefined {
    return this.byPath.get(pathOf(group, version, plural));
  }

  versionsOf(kind: Kind): readonly Kind[] {
    return this.byStorage.get(kindPrefix(kind)) ?? [];
  }
}

function pathOf(group: string, version: string, plural: string): string {
  return `${group}/${version}/${plural}`;
}
