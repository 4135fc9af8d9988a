import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { controllerRevisionKind } from './controller-revision';
import { daemonSetKind } from './daemon-set';
import { deploymentKind } from './deployment';
import { replicaSetKind } from './replica-set';
import { statefulSetKind } from './stateful-set';

export const appsKinds: readonly Kind[] = [
  anyKind(replicaSetKind),
  anyKind(deploymentKind),
  anyKind(statefulSetKind),
  anyKind(daemonSetKind),
  anyKind(controllerRevisionKind),
];
