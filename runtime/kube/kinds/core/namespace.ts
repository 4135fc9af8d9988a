import { invalid } from '../../field-errors';
import type { Namespace } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { namespaces } from '../../resource';
import { finalizers, labels } from '../../well-known';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { ensure } from '../shared/defaulting';
import { checkFinalizer, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

export const namespaceKind: Kind<Namespace> = {
  resource: namespaces,
  singular: 'namespace',
  shortNames: ['ns'],
  categories: [],
  schema: builtInSchema(namespaces),
  subresources: { status: true },
  applyDefaults({ metadata }) {
    // A namespace can be selected by its name; with a name still to be generated, the label comes with the name.
    if (metadata.name) ensure(metadata, 'labels')[labels.namespaceName] = metadata.name;
  },
  prepareForCreate(namespace) {
    namespace.status = { phase: 'Active' };
    const spec = ensure(namespace, 'spec');
    if (!spec.finalizers?.includes(finalizers.kubernetes)) {
      spec.finalizers = [...(spec.finalizers ?? []), finalizers.kubernetes];
    }
  },
  prepareForUpdate(namespace, old) {
    // Finalizers of the spec change through the finalize subresource only.
    namespace.spec = { ...namespace.spec, finalizers: old.spec?.finalizers };
    namespace.status = old.status;
  },
  prepareForStatusUpdate(namespace, old) {
    namespace.spec = old.spec;
  },
  validate: ({ metadata, spec }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.label }),
    ...(spec?.finalizers ?? []).flatMap((name) => checkFinalizer(name, 'spec.finalizers')),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  validateStatusUpdate: checkPhase,
  columns: [
    nameColumn(),
    textColumn('Status', 'Active or Terminating.', ({ status }) => status?.phase ?? ''),
    ageColumn(),
  ],
  selectableFields: { 'status.phase': ({ status }) => status?.phase ?? '' },
};

function checkPhase({ metadata, status }: Namespace, old: Namespace): FieldError[] {
  const errors = checkObjectMetaUpdate(metadata, old.metadata);
  const phase = status?.phase;
  if (!metadata.deletionTimestamp && phase !== 'Active') {
    errors.push(invalid('status.phase', phase, "may only be 'Active' if `deletionTimestamp` is empty"));
  }
  if (metadata.deletionTimestamp && phase !== 'Terminating') {
    errors.push(invalid('status.phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty"));
  }
  return errors;
}
