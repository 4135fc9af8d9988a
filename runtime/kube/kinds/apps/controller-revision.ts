import { required } from '../../field-errors';
import type { ControllerRevision } from '../../generated/types';
import type { Kind } from '../../kind';
import { controllerRevisions } from '../../resource';
import { ageColumn, integerColumn, nameColumn, none, textColumn } from '../shared/columns';
import { checkNonNegative } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

/** A state that a StatefulSet or DaemonSet can go back to. Its data never changes. */
export const controllerRevisionKind: Kind<ControllerRevision> = {
  resource: controllerRevisions,
  singular: 'controllerrevision',
  shortNames: [],
  categories: [],
  schema: builtInSchema(controllerRevisions),
  subresources: {},
  validate: ({ metadata, data, revision }) => [
    ...checkObjectMeta(metadata, { namespaced: true, name: nameRules.subdomain }),
    ...(data === undefined ? [required('data', 'data is mandatory')] : []),
    ...checkNonNegative('revision', revision),
  ],
  validateUpdate: (revision, old) => [
    ...checkObjectMetaUpdate(revision.metadata, old.metadata),
    ...checkImmutable('data', revision.data, old.data),
  ],
  columns: [
    nameColumn(),
    textColumn('Controller', 'The object whose state it is.', controllerOf),
    integerColumn('Revision', 'Its number among the states of one object.', ({ revision }) => revision ?? 0),
    ageColumn(),
  ],
};

/** `statefulset.apps/web`. */
function controllerOf({ metadata }: ControllerRevision): string {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (!owner) return none;
  const group = owner.apiVersion?.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : '';
  return `${owner.kind?.toLowerCase() ?? ''}${group}/${owner.name ?? ''}`;
}
