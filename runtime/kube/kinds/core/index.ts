import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { configMapKind } from './config-map';
import { endpointsKind } from './endpoints';
import { eventKind } from './event';
import { limitRangeKind } from './limit-range';
import { namespaceKind } from './namespace';
import { nodeKind } from './node';
import { persistentVolumeKind } from './persistent-volume';
import { persistentVolumeClaimKind } from './persistent-volume-claim';
import { podKind } from './pod';
import { podTemplateKind } from './pod-template';
import { replicationControllerKind } from './replication-controller';
import { resourceQuotaKind } from './resource-quota';
import { secretKind } from './secret';
import { serviceKind } from './service';
import { serviceAccountKind } from './service-account';

export const coreKinds: readonly Kind[] = [
  anyKind(namespaceKind),
  anyKind(nodeKind),
  anyKind(podKind),
  anyKind(serviceKind),
  anyKind(configMapKind),
  anyKind(secretKind),
  anyKind(serviceAccountKind),
  anyKind(eventKind),
  anyKind(endpointsKind),
  anyKind(limitRangeKind),
  anyKind(persistentVolumeKind),
  anyKind(persistentVolumeClaimKind),
  anyKind(podTemplateKind),
  anyKind(replicationControllerKind),
  anyKind(resourceQuotaKind),
];
