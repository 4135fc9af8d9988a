import { Lazy } from 'cdktf';
import { Construct } from 'constructs';
import { z } from 'zod';
import { Cluster } from '../cluster/cluster';
import { OrlopObject } from '../provider/l1';
import type { OrlopResource } from '../provider/resource';
import { escapeTemplates } from '../support/escape';

/** What every object's construct takes beside its own props. */
export interface ApiObjectProps {
  /** metadata.name. @default - the construct's id */
  readonly name?: string;
  /** metadata.namespace. @default - that of the Namespace construct above it, else `default` */
  readonly namespace?: string;
  /** @default - none */
  readonly labels?: Record<string, string>;
  /** @default - none */
  readonly annotations?: Record<string, string>;
}

export const apiObjectShape = {
  name: z.string().min(1).max(253).optional(),
  namespace: z.string().min(1).max(63).optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
};

/** A scope whose objects live in a namespace of their own. */
export interface NamespaceScope extends Construct {
  readonly scopedNamespace: string;
  readonly resource: OrlopResource;
}

const namespaceScope = Symbol.for('orlop.namespace');

export function markNamespaceScope(scope: NamespaceScope): void {
  Object.defineProperty(scope, namespaceScope, { value: true });
}

interface ObjectOptions {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced?: boolean;
  /** Everything but apiVersion, kind and metadata; called when the tree is finished. */
  readonly body: () => Record<string, unknown>;
  /** Further attributes of the orlop_object resource. */
  readonly attributes?: Record<string, unknown>;
  readonly dependsOn?: OrlopResource[];
}

/** An object of the cluster above it, kept by one `orlop_object` resource. */
export abstract class ApiObject extends Construct {
  readonly cluster: Cluster;
  readonly objectName: string;
  readonly namespaceName: string | undefined;
  private made: OrlopObject | undefined;

  constructor(
    scope: Construct,
    id: string,
    private readonly objectProps: ApiObjectProps,
    namespaced = true,
  ) {
    super(scope, id);
    this.cluster = Cluster.of(this);
    this.objectName = objectProps.name ?? id.toLowerCase();
    this.namespaceName = namespaced
      ? (objectProps.namespace ?? namespaceAbove(scope)?.scopedNamespace ?? 'default')
      : undefined;
  }

  /** The `orlop_object` resource. */
  get resource(): OrlopObject {
    if (!this.made) throw new Error(`${this.node.path}: the object is not yet made`);
    return this.made;
  }

  /** Makes the resource. Called once, at the end of the constructor. */
  protected make(options: ObjectOptions): void {
    const above = namespaceAbove(this.node.scope as Construct);
    const { labels, annotations } = this.objectProps;
    const manifest = Lazy.anyValue({
      produce: () =>
        escapeTemplates({
          apiVersion: options.apiVersion,
          kind: options.kind,
          metadata: withoutUndefined({
            name: this.objectName,
            namespace: this.namespaceName,
            labels: { ...this.defaultLabels(), ...labels },
            annotations,
          }),
          ...withoutUndefined(options.body()),
        }),
    });
    const dependsOn = [
      ...(options.dependsOn ?? []),
      ...(above && this.namespaceName === above.scopedNamespace ? [above.resource] : []),
    ];
    this.made = new OrlopObject(
      this,
      'Resource',
      { manifest, cluster_id: this.cluster.id, ...options.attributes },
      { provider: this.cluster.apiProvider, dependsOn },
    );
    this.cluster.addObject(this.made);
  }

  /** Labels that every object has and a user may override. */
  protected defaultLabels(): Record<string, string> | undefined {
    return undefined;
  }
}

function namespaceAbove(scope: Construct): NamespaceScope | undefined {
  return scope.node.scopes.reverse().find((each): each is NamespaceScope => namespaceScope in each);
}

/** Terraform has no undefined: an absent field must be absent. Empty maps of metadata go too. */
export function withoutUndefined(value: Record<string, unknown>): Record<string, unknown> {
  const kept = Object.entries(value).filter(([, entry]) => entry !== undefined && !isEmptyMap(entry));
  return Object.fromEntries(kept);
}

function isEmptyMap(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    Object.keys(value).length === 0
  );
}
