import type { MutatingWebhookConfiguration, ValidatingWebhookConfiguration } from '../generated/types';
import { resource } from './resource';

const v1 = 'admissionregistration.k8s.io/v1';

export const validatingWebhookConfigurations = resource<ValidatingWebhookConfiguration>(
  v1,
  'ValidatingWebhookConfiguration',
  'validatingwebhookconfigurations',
  false,
);
export const mutatingWebhookConfigurations = resource<MutatingWebhookConfiguration>(
  v1,
  'MutatingWebhookConfiguration',
  'mutatingwebhookconfigurations',
  false,
);
