import type { Kind } from '../kind';
import { apiVersionOf } from '../resource';
import { admissionregistrationKinds } from './admissionregistration';
import { apiextensionsKinds } from './apiextensions';
import { apiregistrationKinds } from './apiregistration';
import { appsKinds } from './apps';
import { authenticationKinds } from './authentication';
import { authorizationKinds } from './authorization';
import { autoscalingKinds } from './autoscaling';
import { batchKinds } from './batch';
import { certificatesKinds } from './certificates';
import { coordinationKinds } from './coordination';
import { coreKinds } from './core';
import { discoveryKinds } from './discovery';
import { eventsKinds } from './events';
import { flowControlKinds } from './flowcontrol';
import { metricsKinds } from './metrics';
import { networkingKinds } from './networking';
import { nodeKinds } from './node';
import { policyKinds } from './policy';
import { rbacKinds } from './rbac';
import { resourceKinds } from './resource';
import { schedulingKinds } from './scheduling';
import { storageKinds } from './storage';

/** Every built-in kind that is served. */
export const kinds: readonly Kind[] = [
  ...coreKinds,
  ...appsKinds,
  ...discoveryKinds,
  ...coordinationKinds,
  ...networkingKinds,
  ...storageKinds,
  ...schedulingKinds,
  ...nodeKinds,
  ...rbacKinds,
  ...apiextensionsKinds,
  ...apiregistrationKinds,
  ...admissionregistrationKinds,
  ...certificatesKinds,
  ...flowControlKinds,
  ...resourceKinds,
  ...eventsKinds,
  ...batchKinds,
  ...autoscalingKinds,
  ...policyKinds,
  ...metricsKinds,
  ...authenticationKinds,
  ...authorizationKinds,
];

const byKind = new Map(kinds.map((kind) => [`${apiVersionOf(kind.resource)} ${kind.resource.kind}`, kind]));

/** The kind that a manifest names: `apps/v1`, `Deployment`. */
export function kindFor(apiVersion: string, kind: string): Kind | undefined {
  return byKind.get(`${apiVersion} ${kind}`);
}
