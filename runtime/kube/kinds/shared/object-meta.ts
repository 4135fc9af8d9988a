import { forbidden, invalid, required } from '../../field-errors';
import type { ObjectMeta, OwnerReference } from '../../generated/types';
import type { FieldError } from '../../kind';
import {
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkPathSegment,
  checkQualifiedName,
} from '../../names';
import { equalJson } from '../../schema-engine';
import { finalizers } from '../../well-known';
import { checkAnnotations, checkLabels } from './labels';
import { checked, checkNonNegative, immutableField } from './limits';

/** Says what is wrong with a name. */
export type NameRule = (name: string) => string[];

/** What a key of the store has room for, with a namespace and a resource before it. */
const maxNameBytes = 1024;

export const nameRules = {
  label: checkDns1123Label,
  subdomain: checkDns1123Subdomain,
  service: checkDns1035Label,
  /** Of kinds whose objects may be called almost anything: roles, certificate requests. */
  pathSegment: (name) => [
    ...checkPathSegment(name),
    // Kubernetes lets these pass, but such an object could neither be addressed in a URL nor be kept.
    ...(/[\0\\]/.test(name) ? ['may not contain a backslash or a zero byte'] : []),
    ...(Buffer.byteLength(name) > maxNameBytes ? [`must be no more than ${maxNameBytes} bytes`] : []),
  ],
} satisfies Record<string, NameRule>;

const standardFinalizers: readonly string[] = Object.values(finalizers);

export interface ObjectMetaRules {
  namespaced: boolean;
  name: NameRule;
  /** Where the metadata stands. @default 'metadata' */
  field?: string;
  /** Whether a finalizer needs no domain: Kubernetes only warns of that in custom objects. @default false */
  anyFinalizer?: boolean;
}

/** The rules for metadata, of objects in a namespace or of the cluster. */
export function checkObjectMeta(
  meta: ObjectMeta,
  { namespaced, name: rule, field = 'metadata', anyFinalizer = false }: ObjectMetaRules,
): FieldError[] {
  return [
    ...checkName(meta, rule, field),
    ...(namespaced ? checkNamespace(meta.namespace, `${field}.namespace`) : []),
    ...checkNonNegative(`${field}.generation`, meta.generation),
    ...checkLabels(meta.labels, `${field}.labels`),
    ...checkAnnotations(meta.annotations, `${field}.annotations`),
    ...checkOwnerReferences(meta.ownerReferences, `${field}.ownerReferences`),
    ...checkFinalizers(meta.finalizers, `${field}.finalizers`, anyFinalizer),
  ];
}

function checkName({ name, generateName }: ObjectMeta, rule: NameRule, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (generateName) {
    // The prefix may end in a dash, since characters follow it.
    const sample = generateName.length > 1 ? generateName.replace(/-$/, 'a') : generateName;
    errors.push(...checked(`${field}.generateName`, generateName, rule(sample)));
  }
  if (name) errors.push(...checked(`${field}.name`, name, rule(name)));
  else if (!generateName) errors.push(required(`${field}.name`, 'name or generateName is required'));
  return errors;
}

function checkNamespace(namespace: string | undefined, field: string): FieldError[] {
  return namespace ? checked(field, namespace, checkDns1123Label(namespace)) : [required(field)];
}

function checkOwnerReferences(owners: OwnerReference[] | undefined, field: string): FieldError[] {
  const errors = (owners ?? []).flatMap((owner) => checkOwnerReference(owner, field));
  const controllers = (owners ?? []).filter((owner) => owner.controller);
  if (controllers.length > 1) {
    const [first, second] = controllers;
    errors.push(
      invalid(
        field,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first?.name} and ${second?.name}`,
      ),
    );
  }
  return errors;
}

function checkOwnerReference({ apiVersion, kind, name, uid }: OwnerReference, field: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!apiVersion || apiVersion.endsWith('/')) {
    errors.push(invalid(`${field}.apiVersion`, apiVersion ?? '', 'version must not be empty'));
  }
  if (!kind) errors.push(invalid(`${field}.kind`, kind ?? '', 'must not be empty'));
  if (!name) errors.push(invalid(`${field}.name`, name ?? '', 'must not be empty'));
  if (!uid) errors.push(invalid(`${field}.uid`, uid ?? '', 'must not be empty'));
  if (kind === 'Event' && (apiVersion === 'v1' || apiVersion === 'events.k8s.io/v1')) {
    errors.push(invalid(field, `${apiVersion}, Kind=${kind}`, 'is disallowed from being an owner'));
  }
  return errors;
}

function checkFinalizers(names: string[] | undefined, field: string, any: boolean): FieldError[] {
  const check = any ? (name: string, at: string) => checked(at, name, checkQualifiedName(name)) : checkFinalizer;
  const errors = (names ?? []).flatMap((name, index) => check(name, `${field}[${index}]`));
  if (names?.includes(finalizers.orphan) && names.includes(finalizers.foregroundDeletion)) {
    errors.push(invalid(field, names, 'finalizer orphan and foregroundDeletion cannot be both set'));
  }
  return errors;
}

/** A finalizer's name: qualified by a domain unless it is one of Kubernetes' own. */
export function checkFinalizer(name: string, field: string): FieldError[] {
  const problems = checkQualifiedName(name);
  if (problems.length) return checked(field, name, problems);
  if (name.includes('/') || standardFinalizers.includes(name)) return [];
  return [invalid(field, name, 'name is neither a standard finalizer name nor is it fully qualified')];
}

/** What to tell of the finalizers of a custom object that an update adds, or that it begins with. */
export function finalizerWarnings({ finalizers: names = [] }: ObjectMeta, old?: ObjectMeta): string[] {
  const added = [...new Set(names)].filter((name) => !old?.finalizers?.includes(name)).sort();
  return added
    .filter((name) => !name.includes('/') && !standardFinalizers.includes(name))
    .map((name) => {
      const path = name.includes('.') ? ' including a path (/)' : '';
      const why = `prefer a domain-qualified finalizer name${path} to avoid accidental conflicts with other finalizer writers`;
      return `metadata.finalizers: ${JSON.stringify(name)}: ${why}`;
    });
}

/** What an update may not do to metadata. */
export function checkObjectMetaUpdate(meta: ObjectMeta, old: ObjectMeta, field = 'metadata'): FieldError[] {
  const errors: FieldError[] = [];
  if (old.deletionTimestamp) {
    const added = (meta.finalizers ?? []).filter((name) => !old.finalizers?.includes(name));
    if (added.length) {
      const list = added.map((name) => JSON.stringify(name)).join(', ');
      errors.push(
        forbidden(
          `${field}.finalizers`,
          `no new finalizers can be added if the object is being deleted, found new finalizers [${list}]`,
        ),
      );
    }
  }
  const fixed = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp'] as const;
  for (const key of [...fixed, 'deletionGracePeriodSeconds'] as const) {
    errors.push(...checkImmutable(`${field}.${key}`, meta[key], old[key]));
  }
  return errors;
}

/** `field is immutable` where the value is not what it was. */
export function checkImmutable(field: string, value: unknown, old: unknown): FieldError[] {
  return equalJson(value ?? null, old ?? null) ? [] : [invalid(field, value, immutableField)];
}
