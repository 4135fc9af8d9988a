import type { APIService } from '../generated/types';
import { resource } from './resource';

export const apiServices = resource<APIService>('apiregistration.k8s.io/v1', 'APIService', 'apiservices', false);
