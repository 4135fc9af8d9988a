import type { Kind } from '../kind';
import { countGeneration } from '../kinds/shared/strategy';
import type { AnyObject } from '../object';
import { equalJson } from '../schema-engine';

type Strategy = Pick<Kind, 'prepareForCreate' | 'prepareForUpdate' | 'prepareForStatusUpdate' | 'statusKeeps'>;

/**
 * How custom objects are written. Where the version has a status subresource, the status is its alone and does not
 * count for the generation; without one the whole object but its metadata counts.
 */
export function customStrategy(hasStatus: boolean): Strategy {
  return {
    prepareForCreate(object) {
      object.metadata.generation = 1;
      if (hasStatus) delete object.status;
    },
    prepareForUpdate(object, old) {
      if (hasStatus) keepField(object, old, 'status');
      countGeneration(object, old, equalJson(content(object, hasStatus), content(old, hasStatus)));
    },
    prepareForStatusUpdate(object, old) {
      const { status, metadata } = object;
      for (const key of Object.keys(object)) delete object[key];
      Object.assign(object, old, { metadata });
      if (status === undefined) delete object.status;
      else object.status = status;
    },
    statusKeeps: 'metadata',
  };
}

function keepField(object: AnyObject, old: AnyObject, field: string): void {
  if (old[field] === undefined) delete object[field];
  else object[field] = old[field];
}

function content(object: AnyObject, hasStatus: boolean): Record<string, unknown> {
  const { metadata: _metadata, apiVersion: _apiVersion, status, ...rest } = object;
  return hasStatus ? rest : { ...rest, status };
}
