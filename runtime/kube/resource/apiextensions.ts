import type { CustomResourceDefinition } from '../generated/types';
import { resource } from './resource';

export const customResourceDefinitions = resource<CustomResourceDefinition>(
  'apiextensions.k8s.io/v1',
  'CustomResourceDefinition',
  'customresourcedefinitions',
  false,
);
