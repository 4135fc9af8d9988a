import type { AnyObject } from '../../kube/object';
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from '../../kube/patch';
import { isObject, unknownField } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';
import { applyConfiguration } from './apply';
import type { Body, ObjectPath, RegistryContext, Target, WriteRequest } from './context';
import type { StoredObject } from './stored-object';
import { modifyObject } from './update';

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export const patchMediaTypes: Record<string, PatchType> = {
  'application/json-patch+json': 'json',
  'application/merge-patch+json': 'merge',
  'application/strategic-merge-patch+json': 'strategic',
  'application/apply-patch+yaml': 'apply',
};

/** Patches an object; an apply creates it where there is none. @throws StatusError 404, 409, 400, 422 */
export async function patchObject(
  context: RegistryContext,
  target: Target,
  path: ObjectPath,
  type: PatchType,
  body: Body,
  request: WriteRequest,
): Promise<{ object: StoredObject; created: boolean }> {
  if (type === 'apply') return applyConfiguration(context, target, path, body, request);
  const change = (base: AnyObject): Body => ({
    value: applyPatch(target, type, base, body.value),
    duplicates: type === 'json' ? operationProblems(body) : body.duplicates,
  });
  return { object: await modifyObject(context, target, path, change, request), created: false };
}

const operationFields = ['op', 'path', 'from', 'value'];

/** What is said of the fields of a JSON patch's operations, those that no operation has among them. */
function operationProblems({ value, duplicates }: Body): string[] {
  const unknown = (Array.isArray(value) ? value : []).flatMap((operation, index) =>
    (isObject(operation) ? Object.keys(operation) : [])
      .filter((key) => !operationFields.includes(key))
      .map((key) => unknownField(`[${index}].${key}`)),
  );
  return [...unknown, ...duplicates].map((problem) => `json patch ${problem}`);
}

/** The patched value. @throws StatusError 400, 422 */
export function applyPatch(
  { kind }: Pick<Target, 'kind'>,
  type: Exclude<PatchType, 'apply'>,
  base: AnyObject,
  patch: unknown,
): unknown {
  if (type === 'json') return applyJsonPatch(base, patch);
  if (!isObject(patch)) throw new StatusError('BadRequest', 'the patch must be an object');
  return type === 'merge' ? applyMergePatch(base, patch) : applyStrategicMergePatch(kind.schema, base, patch);
}
