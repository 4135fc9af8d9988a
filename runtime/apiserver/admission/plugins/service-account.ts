import { crc32 } from 'node:zlib';
import type { Pod, PodSpec, ServiceAccount, Volume } from '../../../kube/generated/types';
import { generateName } from '../../../kube/names';
import { pods, serviceAccounts } from '../../../kube/resource';
import { annotations, namespaceDefaults } from '../../../kube/well-known';
import { podReferences } from '../../auth/authz/node/pod-references';
import { type AdmissionPlugin, type AdmissionRequest, refuse, writes } from '../plugin';

/** Where client libraries look for a token, the cluster's CA and their namespace. */
const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const volumePrefix = 'kube-api-access-';
/** As in Kubernetes an hour and seven seconds: a token that was made for this volume can be told by it. */
const tokenSeconds = 3607;

/** Every pod runs as a service account of its namespace, `default` unless it names one, and finds a token of it. */
export const serviceAccount: AdmissionPlugin = {
  name: 'ServiceAccount',
  mutate(request) {
    const pod = createdPod(request);
    const spec = pod?.spec;
    if (!spec || isMirror(pod)) return;
    const name = spec.serviceAccountName || namespaceDefaults.serviceAccount;
    spec.serviceAccountName = name;
    spec.serviceAccount = name;
    const account = accountOf(request, name);
    if (account === 'unknown') return;
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) {
      mountToken(spec, () => volumeName(request));
    }
    if (spec.imagePullSecrets?.length || !account.imagePullSecrets?.length) return;
    spec.imagePullSecrets = account.imagePullSecrets.map((secret) => ({ ...secret }));
  },
  validate(request) {
    const pod = createdPod(request);
    if (pod && isMirror(pod)) checkMirror(request, pod);
  },
};

function createdPod(request: AdmissionRequest): Pod | undefined {
  return request.operation === 'CREATE' && writes(request, pods) ? (request.object as unknown as Pod) : undefined;
}

/** An agent made it by itself, of a file: it has no account, and keeps its spec. */
function isMirror({ metadata }: Pod): boolean {
  return metadata.annotations?.[annotations.mirrorPod] !== undefined;
}

/** @throws StatusError Forbidden where there is no such account */
function accountOf(request: AdmissionRequest, name: string): ServiceAccount | 'unknown' {
  const { namespace = '', lookups } = request;
  const account = lookups.get(serviceAccounts, { namespace, name });
  if (account !== 'missing') return account;
  const why = `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`;
  throw refuse(request, why);
}

/** Mounts a token into every container that has nothing in its place. */
function mountToken(spec: PodSpec, newName: () => string): void {
  const { volumes = [], initContainers = [], containers = [] } = spec;
  const own = volumes.find((volume) => volume.name?.startsWith(volumePrefix));
  const without = [...initContainers, ...containers].filter(
    ({ volumeMounts }) => !volumeMounts?.some((mount) => mount.mountPath === mountPath),
  );
  if (without.length === 0) return;
  const name = own?.name ?? newName();
  for (const container of without) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath }];
  }
  if (!own) spec.volumes = [...volumes, tokenVolume(name)];
}

/** Of one pod always the same, however often its creation is tried. */
function volumeName({ namespace, name, object }: AdmissionRequest): string {
  let state = crc32(`${namespace}/${object?.metadata.name ?? name}`);
  return generateName(volumePrefix, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  });
}

function tokenVolume(name: string): Volume {
  const fieldRef = { apiVersion: 'v1', fieldPath: 'metadata.namespace' };
  return {
    name,
    projected: {
      sources: [
        { serviceAccountToken: { expirationSeconds: tokenSeconds, path: 'token' } },
        { configMap: { name: namespaceDefaults.rootCa, items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        { downwardAPI: { items: [{ path: 'namespace', fieldRef }] } },
      ],
      defaultMode: 0o644,
    },
  };
}

/** @throws StatusError Forbidden for a mirror pod that asks for what only the API can give */
function checkMirror(request: AdmissionRequest, pod: Pod): void {
  if (pod.spec?.serviceAccountName) throw refuse(request, 'a mirror pod may not reference service accounts');
  if ([...podReferences(pod)].some((reference) => reference.startsWith('secrets/'))) {
    throw refuse(request, 'a mirror pod may not reference secrets');
  }
  const sources = (pod.spec?.volumes ?? []).flatMap(({ projected }) => projected?.sources ?? []);
  if (sources.some(({ serviceAccountToken }) => serviceAccountToken)) {
    throw refuse(request, 'a mirror pod may not use service account token volume projections');
  }
}
