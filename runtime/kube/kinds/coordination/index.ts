import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { leaseKind } from './lease';

export const coordinationKinds: readonly Kind[] = [anyKind(leaseKind)];
