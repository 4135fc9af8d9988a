import type { SelfSubjectReview, TokenRequest, TokenReview } from '../generated/types';
import { resource } from './resource';

const v1 = 'authentication.k8s.io/v1';

export const tokenReviews = resource<TokenReview>(v1, 'TokenReview', 'tokenreviews', false);
export const selfSubjectReviews = resource<SelfSubjectReview>(v1, 'SelfSubjectReview', 'selfsubjectreviews', false);
/** Served under a ServiceAccount alone: `serviceaccounts/token`. */
export const tokenRequests = resource<TokenRequest>(v1, 'TokenRequest', 'tokenrequests');
