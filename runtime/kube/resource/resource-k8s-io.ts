import type {
  DeviceClass,
  ResourceV1ResourceClaim as ResourceClaim,
  ResourceClaimTemplate,
  ResourceSlice,
} from '../generated/types';
import { resource } from './resource';

const group = 'resource.k8s.io/v1';

export const deviceClasses = resource<DeviceClass>(group, 'DeviceClass', 'deviceclasses', false);
export const resourceClaims = resource<ResourceClaim>(group, 'ResourceClaim', 'resourceclaims');
export const resourceClaimTemplates = resource<ResourceClaimTemplate>(
  group,
  'ResourceClaimTemplate',
  'resourceclaimtemplates',
);
export const resourceSlices = resource<ResourceSlice>(group, 'ResourceSlice', 'resourceslices', false);
