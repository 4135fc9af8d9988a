import type { EndpointSlice } from '../generated/types';
import { resource } from './resource';

export const endpointSlices = resource<EndpointSlice>('discovery.k8s.io/v1', 'EndpointSlice', 'endpointslices');
