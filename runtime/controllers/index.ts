import {
  endpoints,
  persistentVolumeClaims,
  persistentVolumes,
  podDisruptionBudgets,
  replicationControllers,
  resourceQuotas,
} from '../kube/resource';
import { clusterRoleAggregationController } from './clusterrole-aggregation/controller';
import type { ControllerContext, ControllerHandle } from './context';
import { deploymentController } from './deployment/controller';
import { disruptionController } from './disruption/controller';
import { endpointDrainController } from './endpoint-drain/controller';
import { endpointsController } from './endpoints/controller';
import { endpointSliceController } from './endpointslice/controller';
import { endpointSliceMirroringController } from './endpointslice-mirroring/controller';
import { garbageCollector } from './garbage-collector/controller';
import { namespaceDefaultsController } from './namespace/defaults';
import { namespaceLifecycleController } from './namespace/lifecycle';
import { nodeIpamController } from './node-ipam/controller';
import { nodeLifecycleController } from './node-lifecycle/controller';
import type { NodeConnections, NodeProbe } from './node-lifecycle/seams';
import { podGcController } from './pod-gc/controller';
import { replicaSetController, replicationControllerController } from './replicaset/controller';
import { resourceQuotaController } from './resourcequota/controller';
import type { ServedResources } from './served/served';
import { claimProtectionController, volumeProtectionController } from './storage-protection/controller';

export { type ControllerContext, controllerManager } from './context';
export type { NodeConnections, NodeProbe } from './node-lifecycle/seams';
export type { ServedResources } from './served/served';

export interface StartControllersOptions extends ControllerContext {
  /** Pod ranges are cut from it. @default "10.42.0.0/16" */
  clusterCidr?: string;
  /** What owns, is owned, lives in namespaces and is counted by quotas. */
  served: ServedResources;
  /** The cluster's CA certificate, given to every namespace. PEM. */
  caPem: string;
  /** Lets a lost node be known in about a second; without them, by its Lease alone. */
  connections?: NodeConnections;
  probe?: NodeProbe;
  /** Finished pods kept at most. @default 12500 */
  maxFinishedPods?: number;
}

export interface RunningControllers {
  /** Resolves true once every cache is filled and the controllers act, false when stopped before. */
  synced: Promise<boolean>;
  /** Lets what runs finish. The informers are their owner's to stop. */
  stop(): Promise<void>;
}

/** Starts every controller. The informers given are started here too, if they are not yet. */
export function startControllers(options: StartControllersOptions): RunningControllers {
  const context: ControllerContext = options;
  const { served } = options;
  const seams = { connections: options.connections, probe: options.probe };
  const controllers: ControllerHandle[] = [
    nodeIpamController(context, options.clusterCidr ?? '10.42.0.0/16'),
    nodeLifecycleController(context, seams),
    deploymentController(context),
    replicaSetController(context),
    endpointSliceController(context),
    endpointDrainController(context),
    garbageCollector(context, served),
    namespaceDefaultsController(context, options.caPem),
    namespaceLifecycleController(context, served),
    clusterRoleAggregationController(context),
    podGcController(context, options.maxFinishedPods),
  ];
  const serves = ({ group, plural }: { group: string; plural: string }) =>
    served.list().some((resource) => resource.group === group && resource.plural === plural);
  if (serves(endpoints)) controllers.push(endpointsController(context), endpointSliceMirroringController(context));
  if (serves(replicationControllers)) controllers.push(replicationControllerController(context));
  if (serves(podDisruptionBudgets)) controllers.push(disruptionController(context, served));
  if (serves(resourceQuotas)) controllers.push(resourceQuotaController(context, served));
  if (serves(persistentVolumeClaims)) controllers.push(claimProtectionController(context));
  if (serves(persistentVolumes)) controllers.push(volumeProtectionController(context));
  let stopped = false;
  options.informers.start();
  const synced = options.informers.waitForSync().then((filled) => {
    if (!filled || stopped) return false;
    for (const controller of controllers) controller.start();
    return true;
  });
  return {
    synced,
    async stop() {
      stopped = true;
      await Promise.all(controllers.map((controller) => controller.stop()));
    },
  };
}
