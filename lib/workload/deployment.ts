import type { Construct } from 'constructs';
import { z } from 'zod';
import type { Container, DeploymentStrategy, PodSpec, PodTemplateSpec } from '../../runtime/kube/generated/types';
import { checkProps, tokenOr } from '../support/props';
import { ApiObject, type ApiObjectProps, apiObjectShape, withoutUndefined } from './api-object';
import { ConfigMap } from './config-map';
import { Image } from './image';
import { Secret } from './secret';

const object = z.custom<Record<string, unknown>>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);

const ContainerPropsSchema = z.looseObject({
  name: z.string().min(1).optional(),
  image: z.union([z.string().min(1), z.instanceof(Image)], 'must be an Image or the name of an image'),
  env: z.union([z.array(object), z.record(z.string(), z.union([tokenOr(z.string()), object]))]).optional(),
  mounts: z
    .record(
      z.string().startsWith('/'),
      z.union([z.instanceof(ConfigMap), z.instanceof(Secret)], 'must be a ConfigMap or a Secret'),
    )
    .optional(),
});

const DeploymentPropsSchema = z.strictObject({
  ...apiObjectShape,
  replicas: tokenOr(z.int().min(0)).optional(),
  containers: z.array(ContainerPropsSchema).min(1),
  podLabels: z.record(z.string(), z.string()).optional(),
  podAnnotations: z.record(z.string(), z.string()).optional(),
  podSpec: object.optional(),
  strategy: object.optional(),
  minReadySeconds: z.int().min(0).optional(),
  progressDeadlineSeconds: z.int().min(1).optional(),
  revisionHistoryLimit: z.int().min(0).optional(),
});

/** A container as in Kubernetes, with an Image as its image, a plain record as its env, and ConfigMaps and Secrets by path. */
export interface ContainerProps extends Omit<Container, 'name' | 'image' | 'env'> {
  /** @default - the workload's name, `-2` and so on for further ones */
  readonly name?: string;
  readonly image: Image | string;
  /** @default - none */
  readonly env?:
    | Container['env']
    | Record<string, string | NonNullable<NonNullable<Container['env']>[number]['valueFrom']>>;
  /** Folders in which the keys of a ConfigMap or a Secret appear as files. @default - none */
  readonly mounts?: Record<string, ConfigMap | Secret>;
}

export interface DeploymentProps extends ApiObjectProps {
  /** @default 1 */
  readonly replicas?: number;
  readonly containers: ContainerProps[];
  /** Labels of the pods beside `app.kubernetes.io/name`. @default - none */
  readonly podLabels?: Record<string, string>;
  /** @default - none */
  readonly podAnnotations?: Record<string, string>;
  /** Anything else of the pods' spec, as in Kubernetes. @default - Kubernetes' own defaults */
  readonly podSpec?: Partial<Omit<PodSpec, 'containers'>>;
  /** @default - RollingUpdate with 25 % surge and 25 % unavailable */
  readonly strategy?: DeploymentStrategy;
  /** @default 0 */
  readonly minReadySeconds?: number;
  /** @default 600 */
  readonly progressDeadlineSeconds?: number;
  /** @default 10 */
  readonly revisionHistoryLimit?: number;
}

/** So many replicas of a pod, replaced by rolling updates. */
export class Deployment extends ApiObject {
  /** Labels by which the Deployment, and a Service in front of it, find its pods. */
  readonly selector: Record<string, string>;
  readonly containers: readonly ContainerProps[];

  constructor(scope: Construct, id: string, props: DeploymentProps) {
    checkProps(scope, id, DeploymentPropsSchema, props);
    super(scope, id, props);
    this.selector = { 'app.kubernetes.io/name': this.objectName };
    this.containers = props.containers;
    const images = props.containers.flatMap(({ image }) => (image instanceof Image ? [image.resource] : []));
    const mounted = props.containers.flatMap(({ mounts }) =>
      Object.values(mounts ?? {}).map((source) => source.resource),
    );
    this.make({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      dependsOn: [...new Set([...images, ...mounted])],
      body: () => ({
        spec: withoutUndefined({
          replicas: props.replicas ?? 1,
          selector: { matchLabels: this.selector },
          strategy: props.strategy,
          minReadySeconds: props.minReadySeconds,
          progressDeadlineSeconds: props.progressDeadlineSeconds,
          revisionHistoryLimit: props.revisionHistoryLimit,
          template: this.template(props),
        }),
      }),
    });
  }

  protected override defaultLabels(): Record<string, string> {
    return this.selector;
  }

  private template(props: DeploymentProps): PodTemplateSpec {
    const volumes = new Map<string, NonNullable<PodSpec['volumes']>[number]>();
    const containers = props.containers.map((container, index) => {
      const { name, image, env, mounts, ...rest } = container;
      const volumeMounts = Object.entries(mounts ?? {}).map(([mountPath, source]) => {
        const volume = `${source instanceof Secret ? 'secret' : 'config'}-${source.objectName}`;
        volumes.set(volume, source.asVolume(volume));
        return { name: volume, mountPath, readOnly: true };
      });
      return withoutUndefined({
        name: name ?? (index === 0 ? this.objectName : `${this.objectName}-${index + 1}`),
        image: image instanceof Image ? image.imageName : image,
        env: variables(env),
        ...rest,
        volumeMounts:
          [...(rest.volumeMounts ?? []), ...volumeMounts].length > 0
            ? [...(rest.volumeMounts ?? []), ...volumeMounts]
            : undefined,
      }) as unknown as Container;
    });
    const allVolumes = [...(props.podSpec?.volumes ?? []), ...volumes.values()];
    return {
      metadata: withoutUndefined({
        labels: { ...this.selector, ...props.podLabels },
        annotations: props.podAnnotations,
      }),
      spec: { ...props.podSpec, containers, ...(allVolumes.length > 0 ? { volumes: allVolumes } : {}) },
    };
  }
}

function variables(env: ContainerProps['env']): Container['env'] {
  if (!env || Array.isArray(env)) return env;
  return Object.entries(env).map(([name, value]) =>
    typeof value === 'string' ? { name, value } : { name, valueFrom: value },
  );
}
