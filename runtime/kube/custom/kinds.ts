import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../generated/types';
import type { Kind } from '../kind';
import { finalizerWarnings } from '../kinds/shared/object-meta';
import type { AnyObject } from '../object';
import { compareVersions, type Resource } from '../resource';
import { StatusError } from '../status-error';
import { customColumns } from './columns';
import { acceptedNames, customResource, isEstablished, isTerminating } from './definition';
import { scalePaths } from './scale-paths';
import { anyObjectSchema, nameSchema, objectSchema } from './schema';
import { customSelectableFields } from './selectable-fields';
import { customStorage } from './storage';
import { customStrategy } from './strategy';
import { customValidation } from './validate';

/** The kinds that a definition serves now, one for each version; none until its names are accepted. */
export function customKinds(definition: CustomResourceDefinition): Kind[] {
  if (!isEstablished(definition)) return [];
  const { versions } = definition.spec;
  return versions.filter(({ served }) => served).map((version) => customKind(definition, version));
}

/** The kind in which a definition's objects are stored, be it served or not; undefined where there is none. */
export function storedKind(definition: CustomResourceDefinition): Kind | undefined {
  const version = definition.spec.versions.find(({ storage }) => storage);
  return version && customKind(definition, version);
}

function customKind(definition: CustomResourceDefinition, version: CustomResourceDefinitionVersion): Kind {
  const names = acceptedNames(definition);
  const storage = definition.spec.versions.find((each) => each.storage) ?? version;
  const stored = customResource(definition, storage.name);
  const resource = customResource(definition, version.name);
  const published = version.schema?.openAPIV3Schema ?? { type: 'object' };
  const schema = objectSchema(published);
  const storedSchema =
    version === storage ? schema : objectSchema(storage.schema?.openAPIV3Schema ?? { type: 'object' });
  const hasStatus = version.subresources?.status !== undefined;
  const scale = version.subresources?.scale;
  const strategy = customStrategy(hasStatus);
  const terminating = isTerminating(definition);
  return {
    resource,
    singular: names.singular ?? names.kind.toLowerCase(),
    listKind: names.listKind ?? `${names.kind}List`,
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    schema,
    custom: { definition: definition.metadata.name ?? '', published, decodeSchema: anyObjectSchema },
    subresources: { ...(hasStatus ? { status: true } : {}), ...(scale ? { scale: scalePaths(scale) } : {}) },
    ...strategy,
    prepareForCreate(object: AnyObject) {
      if (terminating) throw goingAway();
      strategy.prepareForCreate?.(object);
    },
    ...customValidation(resource, schema, {
      names: nameSchema(published),
      ...(scale ? { scale: scalePaths(scale) } : {}),
    }),
    warnings: (object, old) => finalizerWarnings(object.metadata, old?.metadata),
    ...(version.deprecated ? { deprecation: deprecation(definition, version, resource) } : {}),
    columns: customColumns(version.additionalPrinterColumns),
    selectableFields: customSelectableFields(version.selectableFields),
    storage: customStorage(resource, stored, schema, storedSchema),
  };
}

function goingAway(): StatusError {
  return new StatusError('MethodNotAllowed', 'create not allowed while custom resource definition is terminating');
}

/** In the definition's words, else in Kubernetes' own: that the version goes, and which newer one stays. */
function deprecation(
  { spec }: CustomResourceDefinition,
  { name, deprecationWarning }: CustomResourceDefinitionVersion,
  { group, version, kind }: Resource,
): string {
  if (deprecationWarning !== undefined) return deprecationWarning;
  const [newest] = spec.versions
    .filter((each) => each.served && !each.deprecated && compareVersions(each.name, name) < 0)
    .sort((a, b) => compareVersions(a.name, b.name));
  return `${group}/${version} ${kind} is deprecated${newest ? `; use ${group}/${newest.name} ${kind}` : ''}`;
}
