import type { Kind } from '../../runtime/kube/kind';
import type { AnyObject } from '../../runtime/kube/object';
import { resource } from '../../runtime/kube/resource/resource';
import type { StructuralSchema } from '../../runtime/kube/schema';

// One stored kind in three served versions: `shop.example.com/v2` is stored, `v1beta1` spells a field otherwise, and
// `old.example.com/v1` is the same again in another group.

const text: StructuralSchema = { type: 'string' };

function schema(spec: Record<string, StructuralSchema>): StructuralSchema {
  return {
    type: 'object',
    properties: {
      apiVersion: text,
      kind: text,
      metadata: { $ref: 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' },
      spec: { type: 'object', properties: spec },
    },
  };
}

const common = {
  singular: 'widget',
  shortNames: [],
  categories: [],
  subresources: {},
  columns: [],
} satisfies Partial<Kind>;

const stored = resource<AnyObject>('shop.example.com/v2', 'Widget', 'widgets');

export const widgetV2: Kind = {
  ...common,
  resource: stored,
  schema: schema({ height: { type: 'integer' }, color: text }),
  selectableFields: { 'spec.color': ({ spec }) => String((spec as { color?: string })?.color ?? '') },
};

type Spec = Record<string, unknown>;

function rename(object: AnyObject, apiVersion: string, from: string, to: string): AnyObject {
  const { [from]: value, ...spec } = (object.spec ?? {}) as Spec;
  return { ...object, apiVersion, spec: value === undefined ? spec : { ...spec, [to]: value } };
}

function version(apiVersion: string): Kind {
  return {
    ...common,
    resource: resource<AnyObject>(apiVersion, 'Widget', 'widgets'),
    schema: schema({ tall: { type: 'integer' }, color: text }),
    storage: {
      resource: stored,
      read: (object) => rename(object, apiVersion, 'height', 'tall'),
      write: (object) => rename(object, 'shop.example.com/v2', 'tall', 'height'),
    },
  };
}

export const widgetKinds: readonly Kind[] = [
  version('shop.example.com/v1beta1'),
  widgetV2,
  version('old.example.com/v1'),
];
