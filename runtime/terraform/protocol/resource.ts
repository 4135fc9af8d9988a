import type { z } from 'zod';
import type { AttributePath, Diagnostics } from './diagnostics';
import type { HclLogger } from './hclog';
import type { AttributeMeta } from './meta';
import type { Dynamic, Unknown } from './value';

export type { AttributeMeta };

/** A resource's face: name, version and properties. Free of heavy imports, so that lib/ may read it at synth time. */
export interface ResourceSchema<S extends z.ZodObject = z.ZodObject> {
  /** Terraform's type name, e.g. `orlop_node`. */
  readonly name: string;
  /** Counted up when stored state of the last version no longer fits. @default 0 */
  readonly version?: number;
  readonly description?: string;
  readonly attributes: S;
}

/** Declares a resource's (or an ephemeral resource's, or a provider's) schema. */
export function resourceSchema<S extends z.ZodObject>(schema: ResourceSchema<S>): ResourceSchema<S> {
  return schema;
}

type Scalar = string | number | bigint | boolean | symbol | null | undefined;

type StateValue<T> = unknown extends T
  ? Dynamic
  : T extends Scalar
    ? T
    : T extends readonly (infer E)[]
      ? StateValue<E>[]
      : { [K in keyof T]-?: StateValue<Exclude<T[K], undefined>> | (undefined extends T[K] ? null : never) };

type PlanValue<T> =
  | Unknown
  | (unknown extends T
      ? Dynamic
      : T extends Scalar
        ? T
        : T extends readonly (infer E)[]
          ? PlanValue<E>[]
          : { [K in keyof T]-?: PlanValue<Exclude<T[K], undefined>> | (undefined extends T[K] ? null : never) });

/** What is stored of a resource: every property present, null where unset, nothing unknown. */
export type State<S extends z.ZodObject> = StateValue<z.output<S>>;

/** A configuration or a plan: as State, with `Unknown` possible at any depth. */
export type Plan<S extends z.ZodObject> = Exclude<PlanValue<z.output<S>>, Unknown>;

/** What every handler is given. `P` is what the provider's `configure` returned. */
export interface Context<P> {
  /** Undefined while the provider's configuration is not known: then plan offline. Always set in create, update and delete. */
  readonly provider: P | undefined;
  readonly diagnostics: Diagnostics;
  /** Aborts when the user interrupts, or Terraform dies: stop waiting, save what is, and return. */
  readonly signal: AbortSignal;
  readonly log: HclLogger;
  /** Tells the user of a long operation where it stands (in Terraform's log at level INFO). */
  progress(message: string): void;
}

/** Data beside the state that users do not see: JSON, for resume cursors, never for secrets. */
export interface PrivateData {
  get(): unknown;
  set(value: unknown): void;
}

export interface ValidateContext<S extends z.ZodObject> {
  readonly config: Plan<S>;
  readonly diagnostics: Diagnostics;
}

export interface PlanContext<S extends z.ZodObject, P> extends Context<P> {
  readonly config: Plan<S>;
  /** Null when the resource is to be created. */
  readonly prior: State<S> | null;
  /**
   * The plan, to be changed in place: the configuration, defaults filled in; a computed property is `Unknown` on create
   * and keeps its prior value on update. What is known here must be what apply returns.
   */
  readonly planned: Plan<S>;
  readonly private: PrivateData;
  /** Makes the change of the property at `path` a replacement, beside those with `forceNew`. */
  requireReplace(path: AttributePath): void;
}

export interface DestroyPlanContext<S extends z.ZodObject, P> extends Context<P> {
  readonly prior: State<S>;
  readonly private: PrivateData;
}

export interface CreateContext<S extends z.ZodObject, P> extends Context<P> {
  readonly provider: P;
  /** With write-only properties. */
  readonly config: Plan<S>;
  readonly planned: Plan<S>;
  readonly private: PrivateData;
  /**
   * Stores `state` if the handler fails later. After create that marks the resource tainted, so it is replaced next time;
   * to keep it instead, return the state and say what is wrong with a warning.
   */
  save(state: State<S>): void;
}

export interface UpdateContext<S extends z.ZodObject, P> extends CreateContext<S, P> {
  readonly prior: State<S>;
}

export interface ReadContext<S extends z.ZodObject, P> extends Context<P> {
  readonly state: State<S>;
  readonly private: PrivateData;
}

export interface DeleteContext<S extends z.ZodObject, P> extends Context<P> {
  readonly provider: P;
  readonly prior: State<S>;
  readonly private: PrivateData;
}

export interface UpgradeContext {
  /** The version that wrote `state`. */
  readonly version: number;
  /** The stored JSON. */
  readonly state: Record<string, unknown>;
  readonly diagnostics: Diagnostics;
}

/**
 * What a resource does. Handlers return the new state, or throw; an error thrown or left in `diagnostics` after an update
 * keeps the prior state (or the one given to `save`), so that the change stays pending in the next plan.
 */
export interface ResourceLogic<S extends z.ZodObject = z.ZodObject, P = unknown> {
  /** What one property's zod type cannot check. Unknown values may be anywhere. */
  validate?(context: ValidateContext<S>): void | Promise<void>;
  plan?(context: PlanContext<S, P>): void | Promise<void>;
  /** Called when the resource is planned to be destroyed: refuse with an error, or warn. */
  planDestroy?(context: DestroyPlanContext<S, P>): void | Promise<void>;
  create(context: CreateContext<S, P>): Promise<State<S>>;
  /** Null: it is gone. With no provider configuration the state is returned as it is without a call. */
  read(context: ReadContext<S, P>): Promise<State<S> | null>;
  /** @default - every change of a property replaces the resource */
  update?(context: UpdateContext<S, P>): Promise<State<S>>;
  delete(context: DeleteContext<S, P>): Promise<void>;
  /** Properties enough for `read`; the rest may be left out. @default - import is refused */
  import?(id: string, context: Context<P>): Promise<Partial<State<S>>>;
  /** Makes state of an older version fit. @default - properties that no longer exist are dropped */
  upgrade?(context: UpgradeContext): Record<string, unknown> | Promise<Record<string, unknown>>;
}

/** An ephemeral resource's `open`: a value that exists during one run only and is stored nowhere. */
export interface EphemeralLogic<S extends z.ZodObject = z.ZodObject, P = unknown> {
  validate?(context: ValidateContext<S>): void | Promise<void>;
  open(
    context: Context<P> & { readonly provider: P; readonly config: State<S>; readonly private: PrivateData },
  ): Promise<{
    result: State<S>;
    /** When to call `renew`, in milliseconds since the epoch. */
    renewAt?: number;
  }>;
  renew?(context: Context<P> & { readonly private: PrivateData }): Promise<{ renewAt?: number }>;
  close?(context: Context<P> & { readonly private: PrivateData }): Promise<void>;
}

/** A data source: reads, never changes. */
export interface DataSourceLogic<S extends z.ZodObject = z.ZodObject, P = unknown> {
  validate?(context: ValidateContext<S>): void | Promise<void>;
  read(context: Context<P> & { readonly provider: P; readonly config: State<S> }): Promise<State<S>>;
}

/** A schema and what is done with it; `load` is called when Terraform first asks for the logic, so require lazily there. */
export interface Loaded<L> {
  readonly schema: ResourceSchema;
  load(): L;
}

export type Resource = Loaded<ResourceLogic>;
export type EphemeralResource = Loaded<EphemeralLogic>;
export type DataSource = Loaded<DataSourceLogic>;

/** Ties a resource's schema to its logic, which is loaded at first use. */
export function defineResource<S extends z.ZodObject, P>(
  schema: ResourceSchema<S>,
  load: () => ResourceLogic<S, P>,
): Resource {
  return { schema: schema as unknown as ResourceSchema, load: load as unknown as () => ResourceLogic };
}

export function defineEphemeral<S extends z.ZodObject, P>(
  schema: ResourceSchema<S>,
  load: () => EphemeralLogic<S, P>,
): EphemeralResource {
  return { schema: schema as unknown as ResourceSchema, load: load as unknown as () => EphemeralLogic };
}

export function defineDataSource<S extends z.ZodObject, P>(
  schema: ResourceSchema<S>,
  load: () => DataSourceLogic<S, P>,
): DataSource {
  return { schema: schema as unknown as ResourceSchema, load: load as unknown as () => DataSourceLogic };
}

export interface ConfigureContext<S extends z.ZodObject> {
  readonly config: Plan<S>;
  readonly diagnostics: Diagnostics;
  readonly terraformVersion: string;
  readonly signal: AbortSignal;
  readonly log: HclLogger;
}

/** A provider: its configuration and its resources. */
export interface Provider {
  /** Without a version; e.g. `orlop`. Names the provider's logs. */
  readonly name: string;
  readonly schema: ResourceSchema;
  validate?(context: ValidateContext<z.ZodObject>): void | Promise<void>;
  /** Returns what handlers get as `provider`, or undefined while too much of the configuration is unknown. No error for unknowns. */
  configure(context: ConfigureContext<z.ZodObject>): unknown;
  readonly resources: readonly Resource[];
  readonly ephemeral?: readonly EphemeralResource[];
  readonly dataSources?: readonly DataSource[];
  /** Called once before the process ends. */
  close?(): void | Promise<void>;
}

/** As `Provider`, with the types of `configure` inferred from the schema. */
export function defineProvider<S extends z.ZodObject, P>(
  provider: Omit<Provider, 'schema' | 'validate' | 'configure'> & {
    readonly schema: ResourceSchema<S>;
    validate?(context: ValidateContext<S>): void | Promise<void>;
    configure(context: ConfigureContext<S>): P | undefined | Promise<P | undefined>;
  },
): Provider {
  return provider as unknown as Provider;
}
