import { Controller } from '../../client/controller';
import type { ConfigMap, Namespace } from '../../kube/generated/types';
import type { KubeObject } from '../../kube/object';
import { configMaps, namespaces, serviceAccounts } from '../../kube/resource';
import { isStatusError } from '../../kube/status-error';
import { namespaceDefaults } from '../../kube/well-known';
import type { ControllerContext, ControllerHandle } from '../context';
import { isNamespaceEnding } from '../namespace-ending';

const { serviceAccount: accountName, rootCa: rootCaName } = namespaceDefaults;
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** Keeps in every namespace the ServiceAccount `default` and the ConfigMap `kube-root-ca.crt` with the cluster's CA. */
export function namespaceDefaultsController(context: ControllerContext, caPem: string): ControllerHandle {
  const { client, clock, informers, logger } = context;
  const namespaceInformer = informers.for(namespaces);
  const accounts = informers.for(serviceAccounts);
  const maps = informers.for(configMaps);
  const controller = new Controller({ name: 'namespace-defaults', clock, logger, reconcile });

  const see = (namespace: Namespace) => controller.enqueue(namespace.metadata.name ?? '');
  namespaceInformer.addHandler({ onAdd: see });
  const restore = (object: KubeObject) => {
    const { name, namespace = '' } = object.metadata;
    if (name === accountName || name === rootCaName) controller.enqueue(namespace);
  };
  accounts.addHandler({ onDelete: restore });
  maps.addHandler({ onUpdate: restore, onDelete: restore });

  async function reconcile(namespace: string): Promise<void> {
    const found = namespaceInformer.cache.get(namespace);
    if (!found || found.metadata.deletionTimestamp) return;
    // Together: a pod that finds the account is about to look for the CA.
    await Promise.all([keepAccount(namespace), keepRootCa(namespace)]);
  }

  async function keepAccount(namespace: string): Promise<void> {
    if (accounts.cache.get(`${namespace}/${accountName}`)) return;
    const metadata = { name: accountName, namespace };
    await ignoreExisting(client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata }));
  }

  async function keepRootCa(namespace: string): Promise<void> {
    const data = { 'ca.crt': caPem };
    const known = maps.cache.get(`${namespace}/${rootCaName}`);
    if (!known) {
      const annotations = { 'kubernetes.io/description': description };
      const metadata = { name: rootCaName, namespace, annotations };
      const map: ConfigMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
      await ignoreExisting(client.create(configMaps, map));
    } else if (known.data?.['ca.crt'] !== caPem) {
      await client.update(configMaps, { ...known, data });
    }
  }

  return controller;
}

async function ignoreExisting(write: Promise<unknown>): Promise<void> {
  try {
    await write;
  } catch (error) {
    if (isStatusError(error, 'AlreadyExists') || isStatusError(error, 'NotFound')) return;
    if (isNamespaceEnding(error)) return;
    throw error;
  }
}
