import type { Kind } from '../../kube/kind';
import {
  type FieldTerm,
  type LabelRequirement,
  matchesFields,
  matchesLabels,
  parseSelectors,
} from '../../kube/selector';
import { StatusError } from '../../kube/status-error';
import { kindListPrefix } from './store-key';
import type { StoredObject } from './stored-object';

export interface SelectionQuery {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
}

/** Which objects of a kind a list or watch asks for. */
export class Selection {
  /** Every selected object's key begins with this. */
  readonly prefix: string;
  private readonly labels: LabelRequirement[];
  private readonly fields: FieldTerm[];

  /** @throws StatusError 400 for a selector that cannot be read or names a field that the kind does not select by. */
  constructor(
    private readonly kind: Kind,
    query: SelectionQuery,
  ) {
    this.prefix = kindListPrefix(kind, query.namespace);
    try {
      ({ labels: this.labels, fields: this.fields } = parseSelectors(query.labelSelector, query.fieldSelector));
    } catch (error) {
      throw new StatusError('BadRequest', (error as Error).message);
    }
    for (const { field } of this.fields) {
      const known = field === 'metadata.name' || (field === 'metadata.namespace' && kind.resource.namespaced);
      if (known || Object.hasOwn(kind.selectableFields ?? {}, field)) continue;
      throw new StatusError('BadRequest', `field label not supported: ${field}`);
    }
  }

  /** Whether every object under the prefix is selected. */
  get all(): boolean {
    return this.labels.length === 0 && this.fields.length === 0;
  }

  /** For an object whose key is under the prefix. */
  matches(stored: StoredObject): boolean {
    if (this.all) return true;
    if (!matchesLabels(this.labels, stored.object.metadata.labels)) return false;
    return this.fields.length === 0 || matchesFields(this.fields, (field) => this.fieldValue(stored, field));
  }

  private fieldValue(stored: StoredObject, field: string): string | undefined {
    if (field === 'metadata.name') return stored.object.metadata.name;
    if (field === 'metadata.namespace') return stored.object.metadata.namespace;
    return this.kind.selectableFields?.[field]?.(stored.object);
  }
}
