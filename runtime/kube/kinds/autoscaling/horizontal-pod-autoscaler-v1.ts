import type {
  AutoscalingV1HorizontalPodAutoscaler as AutoscalerV1,
  HorizontalPodAutoscaler as AutoscalerV2,
} from '../../generated/types';
import type { Kind, PrinterColumn } from '../../kind';
import type { AnyObject } from '../../object';
import { horizontalPodAutoscalers, horizontalPodAutoscalersV1 } from '../../resource';
import { defaultTo, ensure } from '../shared/defaulting';
import { builtInSchema } from '../shared/schema';
import { autoscalerFromV1, autoscalerToV1 } from './convert';
import { horizontalPodAutoscalerKind as stored } from './horizontal-pod-autoscaler';

/** Version 1: a target for CPU. The same objects as version 2, whose rules hold for both. */
export const horizontalPodAutoscalerV1Kind: Kind<AutoscalerV1> = {
  resource: horizontalPodAutoscalersV1,
  singular: stored.singular,
  shortNames: stored.shortNames,
  categories: stored.categories,
  schema: builtInSchema(horizontalPodAutoscalersV1),
  subresources: stored.subresources,
  applyDefaults(autoscaler) {
    defaultTo(
      ensure(autoscaler, 'spec', () => ({}) as NonNullable<AutoscalerV1['spec']>),
      'minReplicas',
      1,
    );
  },
  prepareForCreate(autoscaler) {
    autoscaler.status = { currentReplicas: 0, desiredReplicas: 0 };
  },
  prepareForUpdate(autoscaler, old) {
    autoscaler.status = old.status;
  },
  prepareForStatusUpdate(autoscaler, old) {
    autoscaler.spec = old.spec;
  },
  validate: (autoscaler) => stored.validate?.(inV2(autoscaler)) ?? [],
  validateUpdate: (autoscaler, old) => stored.validateUpdate?.(inV2(autoscaler), inV2(old)) ?? [],
  validateStatusUpdate: (autoscaler, old) => stored.validateStatusUpdate?.(inV2(autoscaler), inV2(old)) ?? [],
  columns: stored.columns.map(
    (column): PrinterColumn<AutoscalerV1> => ({
      ...column,
      cell: (autoscaler, now) => column.cell(inV2(autoscaler), now),
    }),
  ),
  storage: {
    resource: horizontalPodAutoscalers as unknown as Kind['resource'],
    read: (object) => autoscalerToV1(object as unknown as AutoscalerV2) as unknown as AnyObject,
    write: (object) => inV2(object as unknown as AutoscalerV1) as unknown as AnyObject,
  },
};

/** As it is stored: with the metric that an autoscaler without any has. */
function inV2(autoscaler: AutoscalerV1): AutoscalerV2 {
  const converted = autoscalerFromV1(autoscaler);
  stored.applyDefaults?.(converted);
  return converted;
}
