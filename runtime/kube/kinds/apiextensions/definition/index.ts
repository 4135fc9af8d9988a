import { cleanupFinalizer } from '../../../custom/definition';
import type { CustomResourceDefinition } from '../../../generated/types';
import type { Kind } from '../../../kind';
import { customResourceDefinitions } from '../../../resource';
import { equalJson } from '../../../schema-engine';
import { nameColumn, textColumn } from '../../shared/columns';
import { builtInSchema } from '../../shared/schema';
import { countGeneration } from '../../shared/strategy';
import { validateDefinition, validateDefinitionStatus, validateDefinitionUpdate } from './validate';

export { cleanupFinalizer };

export const customResourceDefinitionKind: Kind<CustomResourceDefinition> = {
  resource: customResourceDefinitions,
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  schema: builtInSchema(customResourceDefinitions),
  subresources: { status: true },
  applyDefaults({ spec }) {
    if (!spec) return;
    spec.conversion ??= { strategy: 'None' };
    const { names } = spec;
    if (!names?.kind) return;
    names.singular ||= names.kind.toLowerCase();
    names.listKind ||= `${names.kind}List`;
  },
  prepareForCreate(definition) {
    definition.metadata.generation = 1;
    definition.status = { conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: [] };
    rememberStorageVersion(definition);
  },
  prepareForUpdate(definition, old) {
    definition.status = old.status;
    rememberStorageVersion(definition);
    countGeneration(definition, old, equalJson(definition.spec ?? null, old.spec ?? null));
  },
  prepareForStatusUpdate(definition, old) {
    definition.spec = old.spec;
  },
  statusKeeps: 'metadata',
  validate: validateDefinition,
  validateUpdate: validateDefinitionUpdate,
  validateStatusUpdate: validateDefinitionStatus,
  columns: [
    nameColumn(),
    textColumn('Created At', 'When the definition was created.', ({ metadata }) => metadata.creationTimestamp ?? ''),
  ],
};

/** Objects may be stored in every version that was the storage version once. */
function rememberStorageVersion(definition: CustomResourceDefinition): void {
  const status = { ...definition.status };
  definition.status = status;
  for (const { name, storage } of definition.spec?.versions ?? []) {
    if (storage && !status.storedVersions?.includes(name)) {
      status.storedVersions = [...(status.storedVersions ?? []), name];
    }
  }
}
