import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { deploymentKind } from './deployment';
import { replicaSetKind } from './replica-set';

export const appsKinds: readonly Kind[] = [anyKind(replicaSetKind), anyKind(deploymentKind)];
