import { invalid, notSupported, required } from '../../field-errors';
import type { TokenRequest } from '../../generated/types';
import type { FieldError } from '../../kind';
import { tokenRequests } from '../../resource';
import { reviewKind } from '../shared/review';

const minSeconds = 600;
const maxSeconds = 2 ** 32;
const boundKinds = ['Pod', 'Secret', 'Node'];

/** What is posted to `serviceaccounts/token`: its answer holds the token. */
export const tokenRequestKind = reviewKind(tokenRequests, {
  applyDefaults(request) {
    if (request.spec) request.spec.expirationSeconds ??= 3600;
  },
  validate: ({ spec }) => [...checkSeconds(spec?.expirationSeconds ?? 3600), ...checkBound(spec?.boundObjectRef)],
});

function checkSeconds(seconds: number): FieldError[] {
  const field = 'spec.expirationSeconds';
  if (seconds < minSeconds) return [invalid(field, seconds, 'may not specify a duration less than 10 minutes')];
  if (seconds > maxSeconds) return [invalid(field, seconds, 'may not specify a duration larger than 2^32 seconds')];
  return [];
}

function checkBound(bound: NonNullable<TokenRequest['spec']>['boundObjectRef']): FieldError[] {
  if (!bound) return [];
  const field = 'spec.boundObjectRef';
  if (!boundKinds.includes(bound.kind ?? '')) return [notSupported(`${field}.kind`, bound.kind ?? '', boundKinds)];
  if (bound.apiVersion !== 'v1') return [notSupported(`${field}.apiVersion`, bound.apiVersion ?? '', ['v1'])];
  if (!bound.name) return [required(`${field}.name`)];
  return [];
}
