import type { RuntimeClass } from '../generated/types';
import { resource } from './resource';

export const runtimeClasses = resource<RuntimeClass>('node.k8s.io/v1', 'RuntimeClass', 'runtimeclasses', false);
