import type {
  LocalSubjectAccessReview,
  SelfSubjectAccessReview,
  SelfSubjectRulesReview,
  SubjectAccessReview,
} from '../generated/types';
import { resource } from './resource';

const v1 = 'authorization.k8s.io/v1';

export const subjectAccessReviews = resource<SubjectAccessReview>(
  v1,
  'SubjectAccessReview',
  'subjectaccessreviews',
  false,
);
export const localSubjectAccessReviews = resource<LocalSubjectAccessReview>(
  v1,
  'LocalSubjectAccessReview',
  'localsubjectaccessreviews',
);
export const selfSubjectAccessReviews = resource<SelfSubjectAccessReview>(
  v1,
  'SelfSubjectAccessReview',
  'selfsubjectaccessreviews',
  false,
);
export const selfSubjectRulesReviews = resource<SelfSubjectRulesReview>(
  v1,
  'SelfSubjectRulesReview',
  'selfsubjectrulesreviews',
  false,
);
