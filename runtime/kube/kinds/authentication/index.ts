import type { Kind } from '../../kind';
import { selfSubjectReviews, tokenReviews } from '../../resource';
import { anyKind } from '../shared/any-kind';
import { reviewKind } from '../shared/review';

export { tokenRequestKind } from './token-request';

export const authenticationKinds: readonly Kind[] = [
  anyKind(reviewKind(tokenReviews)),
  anyKind(reviewKind(selfSubjectReviews)),
];
