import type { OtherVersion } from '../../kube/apply';
import type { Kind } from '../../kube/kind';
import type { AnyObject } from '../../kube/object';
import { apiVersionOf } from '../../kube/resource';
import { cloneJson } from '../../kube/schema-engine';
import type { KindCatalog } from '../catalog/catalog';

/** How managed fields of a kind's other versions are to be read; undefined for a kind that has, and had, but one. */
export function otherVersions(
  catalog: KindCatalog,
  kind: Kind,
): ((apiVersion: string) => OtherVersion | undefined) | undefined {
  const versions = catalog.versionsOf(kind);
  if (!kind.storage && versions.length <= 1) return undefined;
  return (apiVersion) => {
    const other = versions.find(({ resource }) => apiVersionOf(resource) === apiVersion);
    if (!other) return undefined;
    return {
      schema: other.schema,
      to: (object) => convert(object, kind, other),
      from: (object) => convert(object, other, kind),
    };
  };
}

/** An object of one version of a kind in another; the object is not touched. */
export function convert(object: AnyObject, from: Pick<Kind, 'storage'>, to: Pick<Kind, 'storage'>): AnyObject {
  const stored = from.storage ? from.storage.write(object) : object;
  return to.storage ? (to.storage.read(cloneJson(stored)) ?? stored) : stored;
}
