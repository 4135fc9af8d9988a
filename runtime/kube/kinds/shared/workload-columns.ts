import type { LabelSelector, PodTemplateSpec } from '../../generated/types';
import type { PrinterColumn } from '../../kind';
import type { KubeObject } from '../../object';
import { formatLabelSelector } from '../../selector';
import { textColumn, wide } from './columns';

type Workload = KubeObject & { spec?: { template?: PodTemplateSpec; selector?: LabelSelector } };

/** What `-o wide` adds for everything that has a pod template. */
export function workloadColumns<T extends Workload>(): PrinterColumn<T>[] {
  const containers = (object: T) => object.spec?.template?.spec?.containers ?? [];
  return [
    wide(
      textColumn('Containers', 'Names of the containers in the template.', (object) =>
        containers(object)
          .map((container) => container.name)
          .join(','),
      ),
    ),
    wide(
      textColumn('Images', 'Images of the containers in the template.', (object) =>
        containers(object)
          .map((container) => container.image)
          .join(','),
      ),
    ),
    wide(
      textColumn('Selector', 'Label selector for pods.', (object) =>
        object.spec?.selector ? formatLabelSelector(object.spec.selector) : '<none>',
      ),
    ),
  ];
}
