import type { AdmissionPlugin } from '../plugin';
import { certificateSubjectRestriction } from './certificate-subject-restriction';
import { defaultIngressClass, defaultStorageClass } from './default-class';
import { defaultTolerationSeconds } from './default-toleration-seconds';
import { limitRanger } from './limit-ranger';
import { namespaceLifecycle } from './namespace-lifecycle';
import { podResizeValidator } from './pod-resize-validator';
import { podSecurity } from './pod-security';
import { podTopologyLabels } from './pod-topology-labels';
import { priority } from './priority';
import { runtimeClass } from './runtime-class';
import { serviceAccount } from './service-account';
import { persistentVolumeClaimResize, storageObjectInUseProtection } from './storage';
import { taintNodesByCondition } from './taint-nodes-by-condition';

interface KnownPlugin {
  plugin: AdmissionPlugin;
  /** Whether it runs unless it is disabled. */
  on: boolean;
}

const on = (plugin: AdmissionPlugin): KnownPlugin => ({ plugin, on: true });
const off = (plugin: AdmissionPlugin): KnownPlugin => ({ plugin, on: false });

/**
 * The plug-ins in the order in which every write passes them, which is Kubernetes'. Some stand elsewhere:
 *
 * - NodeRestriction: the API server's own rules about nodes (`auth/node-restriction.ts`).
 * - ResourceQuota: last of all, since what it counts is then stored (`registry/quota.ts`). It writes, so it is no
 *   plug-in of a chain that a plan runs too.
 * - Policies in CEL and webhooks would come after every plug-in of their phase: MutatingAdmissionPolicy and
 *   MutatingAdmissionWebhook at the end of `mutate`, ValidatingAdmissionPolicy and ValidatingAdmissionWebhook at the end
 *   of `validate`, before ResourceQuota.
 *
 * DefaultTolerationSeconds is off, where Kubernetes has it on: its 300 s would keep a lost node's pods for five minutes,
 * where a pod here is replaced at once unless it tolerates the loss itself.
 */
export const knownPlugins: readonly KnownPlugin[] = [
  on(namespaceLifecycle),
  on(limitRanger),
  on(serviceAccount),
  on(taintNodesByCondition),
  on(podSecurity),
  on(priority),
  off(defaultTolerationSeconds),
  on(defaultStorageClass),
  on(storageObjectInUseProtection),
  on(persistentVolumeClaimResize),
  on(runtimeClass),
  on(certificateSubjectRestriction),
  on(defaultIngressClass),
  on(podTopologyLabels),
  on(podResizeValidator),
];
