import type { LabelSelector, PodTemplateSpec } from '../../generated/types';
import type { PrinterColumn } from '../../kind';
import type { KubeObject } from '../../object';
import { formatLabelSelector } from '../../selector';
import { none, textColumn, wide } from './columns';

type Workload = KubeObject & { spec?: { template?: PodTemplateSpec; selector?: LabelSelector } };

/** What `-o wide` adds for everything that has a pod template and a selector. */
export function workloadColumns<T extends Workload>(): PrinterColumn<T>[] {
  return [...templateColumns<T>((object) => object.spec?.template), selectorColumn((object) => object.spec?.selector)];
}

/** The containers and images of a pod template, with `-o wide`. */
export function templateColumns<T extends KubeObject>(
  template: (object: T) => PodTemplateSpec | undefined,
): PrinterColumn<T>[] {
  const list = (object: T, key: 'name' | 'image') =>
    (template(object)?.spec?.containers ?? []).map((container) => container[key]).join(',');
  return [
    wide(textColumn('Containers', 'Names of the containers in the template.', (object) => list(object, 'name'))),
    wide(textColumn('Images', 'Images of the containers in the template.', (object) => list(object, 'image'))),
  ];
}

export function selectorColumn<T extends KubeObject>(
  selector: (object: T) => LabelSelector | undefined,
): PrinterColumn<T> {
  return wide(
    textColumn('Selector', 'Label selector for pods.', (object) => {
      const given = selector(object);
      return given ? formatLabelSelector(given) : none;
    }),
  );
}
