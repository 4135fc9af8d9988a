import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { deviceClassKind } from './device-class';
import { resourceClaimKind } from './resource-claim';
import { resourceClaimTemplateKind } from './resource-claim-template';
import { resourceSliceKind } from './resource-slice';

export const resourceKinds: readonly Kind[] = [
  anyKind(deviceClassKind),
  anyKind(resourceClaimKind),
  anyKind(resourceClaimTemplateKind),
  anyKind(resourceSliceKind),
];
