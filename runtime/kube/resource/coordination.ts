import type { Lease } from '../generated/types';
import { resource } from './resource';

export const leases = resource<Lease>('coordination.k8s.io/v1', 'Lease', 'leases');
