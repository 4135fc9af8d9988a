import type { Construct } from 'constructs';
import { z } from 'zod';
import { checkProps } from '../support/props';
import { ApiObject } from './api-object';

const ManifestPropsSchema = z.strictObject({
  manifest: z.looseObject({
    apiVersion: z.string().min(1),
    kind: z.string().min(1),
    metadata: z.looseObject({ name: z.string().min(1), namespace: z.string().optional() }),
  }),
  clusterScoped: z.boolean().optional(),
  wait: z.boolean().optional(),
});

export interface ManifestProps {
  /** The object, as in a YAML manifest. Strings may carry cdktf tokens; `${` and `%{` reach the cluster as they are. */
  readonly manifest: {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string; [key: string]: unknown };
    [key: string]: unknown;
  };
  /** Whether the kind has no namespace. @default false */
  readonly clusterScoped?: boolean;
  /** Wait until the object has rolled out. @default true */
  readonly wait?: boolean;
}

const clusterScopedKinds = new Set(['Namespace', 'Node']);

/** Any object of the API. */
export class Manifest extends ApiObject {
  constructor(scope: Construct, id: string, props: ManifestProps) {
    checkProps(scope, id, ManifestPropsSchema, props);
    const { apiVersion, kind, metadata, ...body } = props.manifest;
    const namespaced = !(props.clusterScoped ?? clusterScopedKinds.has(kind));
    super(scope, id, { name: metadata.name, namespace: metadata.namespace }, namespaced);
    const { name, namespace, ...rest } = metadata;
    this.make({
      apiVersion,
      kind,
      body: () => ({
        ...body,
        metadata: { name: this.objectName, ...(this.namespaceName ? { namespace: this.namespaceName } : {}), ...rest },
      }),
      attributes: props.wait === undefined ? {} : { wait: props.wait },
    });
  }
}
