import { invalid } from '../../field-errors';
import type { LocalSubjectAccessReview, SelfSubjectAccessReviewSpec, SubjectAccessReview } from '../../generated/types';
import type { FieldError, Kind } from '../../kind';
import {
  localSubjectAccessReviews,
  selfSubjectAccessReviews,
  selfSubjectRulesReviews,
  subjectAccessReviews,
} from '../../resource';
import { anyKind } from '../shared/any-kind';
import { reviewKind } from '../shared/review';

export const authorizationKinds: readonly Kind[] = [
  anyKind(reviewKind(subjectAccessReviews, { validate: ({ spec }) => checkSpec(spec) })),
  anyKind(reviewKind(localSubjectAccessReviews, { validate: checkLocal })),
  anyKind(reviewKind(selfSubjectAccessReviews, { validate: ({ spec }) => checkSubject(spec) })),
  anyKind(reviewKind(selfSubjectRulesReviews)),
];

function checkLocal({ metadata, spec }: LocalSubjectAccessReview): FieldError[] {
  const errors = checkSpec(spec);
  const { namespace = '' } = spec?.resourceAttributes ?? {};
  if (spec?.resourceAttributes && namespace !== metadata.namespace) {
    errors.push(invalid('spec.resourceAttributes.namespace', namespace, 'must match metadata.namespace'));
  }
  if (spec?.nonResourceAttributes) {
    errors.push(
      invalid('spec.nonResourceAttributes', spec.nonResourceAttributes, 'disallowed on this kind of request'),
    );
  }
  return errors;
}

function checkSpec(spec: SubjectAccessReview['spec'] = {}): FieldError[] {
  const errors = checkSubject(spec);
  if (!spec.user && !spec.groups?.length) {
    errors.push(invalid('spec.user', spec.user ?? '', 'at least one of user or group must be specified'));
  }
  return errors;
}

function checkSubject({ resourceAttributes, nonResourceAttributes }: SelfSubjectAccessReviewSpec = {}): FieldError[] {
  if (resourceAttributes && nonResourceAttributes) {
    const why = 'cannot be specified in combination with resourceAttributes';
    return [invalid('spec.nonResourceAttributes', nonResourceAttributes, why)];
  }
  if (resourceAttributes || nonResourceAttributes) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalid('spec.resourceAttributes', null, why)];
}
