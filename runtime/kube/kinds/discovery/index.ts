import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { endpointSliceKind } from './endpoint-slice';

export const discoveryKinds: readonly Kind[] = [anyKind(endpointSliceKind)];
