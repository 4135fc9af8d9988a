import type { Kind } from '../kind';
import type { KubeObject } from '../object';
import { apiVersionOf } from '../resource';
import { configMapKind } from './config-map';
import { deploymentKind } from './deployment';
import { endpointSliceKind } from './endpoint-slice';
import { eventKind } from './event';
import { leaseKind } from './lease';
import { namespaceKind } from './namespace';
import { nodeKind } from './node';
import { podKind } from './pod';
import { replicaSetKind } from './replica-set';
import { secretKind } from './secret';
import { serviceKind } from './service';
import { serviceAccountKind } from './service-account';

/** The kind with its object's type forgotten: the registry treats all kinds alike. */
function anyKind<T extends KubeObject>(kind: Kind<T>): Kind {
  return kind as unknown as Kind;
}

/** Every built-in kind that is served. */
export const kinds: readonly Kind[] = [
  anyKind(namespaceKind),
  anyKind(nodeKind),
  anyKind(podKind),
  anyKind(replicaSetKind),
  anyKind(deploymentKind),
  anyKind(serviceKind),
  anyKind(endpointSliceKind),
  anyKind(configMapKind),
  anyKind(secretKind),
  anyKind(serviceAccountKind),
  anyKind(eventKind),
  anyKind(leaseKind),
];

const byKind = new Map(kinds.map((kind) => [`${apiVersionOf(kind.resource)} ${kind.resource.kind}`, kind]));

/** The kind that a manifest names: `apps/v1`, `Deployment`. */
export function kindFor(apiVersion: string, kind: string): Kind | undefined {
  return byKind.get(`${apiVersion} ${kind}`);
}
