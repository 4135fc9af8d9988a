import type { Pod } from '../../../generated/types';
import type { Kind } from '../../../kind';
import { pods } from '../../../resource';
import { builtInSchema } from '../../shared/schema';
import { podColumns } from './columns';
import { defaultPod } from './defaults';
import { checkEphemeralOfPod, ephemeralContainersPath } from './ephemeral';
import { resizePath } from './resize';
import { preparePodForCreate, preparePodForStatusUpdate, preparePodForUpdate } from './strategy';
import { checkPod } from './validate';
import { checkPodStatusUpdate, checkPodUpdate } from './validate-update';
import { podWarnings } from './warnings';

export const podKind: Kind<Pod> = {
  resource: pods,
  singular: 'pod',
  shortNames: ['po'],
  categories: ['all'],
  schema: builtInSchema(pods),
  subresources: { status: true },
  applyDefaults: defaultPod,
  prepareForCreate: preparePodForCreate,
  prepareForUpdate: preparePodForUpdate,
  prepareForStatusUpdate: preparePodForStatusUpdate,
  validate: (pod, old) => [...checkPod(pod), ...checkEphemeralOfPod(pod, old)],
  validateUpdate: checkPodUpdate,
  validateStatusUpdate: checkPodStatusUpdate,
  writePaths: { ephemeralcontainers: ephemeralContainersPath, resize: resizePath },
  warnings: (pod) => podWarnings(pod.spec),
  columns: podColumns,
  selectableFields: {
    'spec.nodeName': (pod) => pod.spec?.nodeName ?? '',
    'spec.restartPolicy': (pod) => pod.spec?.restartPolicy ?? '',
    'spec.schedulerName': (pod) => pod.spec?.schedulerName ?? '',
    'spec.serviceAccountName': (pod) => pod.spec?.serviceAccountName ?? '',
    'spec.hostNetwork': (pod) => String(pod.spec?.hostNetwork ?? false),
    'status.phase': (pod) => pod.status?.phase ?? '',
    'status.podIP': (pod) => pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? '',
    'status.nominatedNodeName': (pod) => pod.status?.nominatedNodeName ?? '',
  },
};
