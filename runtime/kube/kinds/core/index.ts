import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { configMapKind } from './config-map';
import { eventKind } from './event';
import { namespaceKind } from './namespace';
import { nodeKind } from './node';
import { podKind } from './pod';
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
];
