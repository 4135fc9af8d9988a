import { duplicate } from '../../field-errors';
import type { RuntimeClass, Toleration } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import { checkDns1123Label } from '../../names';
import { runtimeClasses } from '../../resource';
import { equalJson } from '../../schema-engine';
import { checkResources } from '../core/pod/validate-resources';
import { checkTolerations } from '../core/pod/validate-scheduling';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { checkLabels } from '../shared/labels';
import { checked } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

export const runtimeClassKind: Kind<RuntimeClass> = {
  resource: runtimeClasses,
  singular: 'runtimeclass',
  shortNames: [],
  categories: [],
  schema: builtInSchema(runtimeClasses),
  subresources: {},
  replaceCreates: true,
  replaceNeedsVersion: true,
  validate: ({ metadata, handler, overhead, scheduling }) => [
    ...checkObjectMeta(metadata, { namespaced: false, name: nameRules.subdomain, anyFinalizer: true }),
    ...checked('handler', handler ?? '', checkDns1123Label(handler ?? '')),
    ...checkResources(overhead?.podFixed && { limits: overhead.podFixed }, 'overhead'),
    ...checkLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
    ...checkUniqueTolerations(scheduling?.tolerations, 'scheduling.tolerations'),
  ],
  validateUpdate: ({ metadata, handler }, old) => [
    ...checkObjectMetaUpdate(metadata, old.metadata),
    ...checkImmutable('handler', handler, old.handler),
  ],
  columns: [
    nameColumn(),
    textColumn('Handler', 'What the container engine calls it.', ({ handler }) => handler ?? ''),
    ageColumn(),
  ],
};

function checkUniqueTolerations(tolerations: Toleration[] = [], field: string): FieldError[] {
  const twice = tolerations.flatMap((toleration, index) =>
    tolerations.slice(0, index).some((earlier) => equalJson(earlier, toleration))
      ? [duplicate(`${field}[${index}]`, toleration)]
      : [],
  );
  return [...checkTolerations(tolerations, field), ...twice];
}
