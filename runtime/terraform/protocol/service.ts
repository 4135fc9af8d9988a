import type { z } from 'zod';
import type { MessageOf } from '../../util/protobuf';
import type { Block } from './block';
import { typeOf } from './block';
import { addError, diagnosticMessages, objectFrom } from './convert';
import { Diagnostics } from './diagnostics';
import type { HclLogger } from './hclog';
import type {
  Context,
  DataSource,
  EphemeralResource,
  Loaded,
  Plan,
  Provider,
  Resource,
  ResourceLogic,
  ValidateContext,
} from './resource';
import { schemaMessage } from './schema-message';
import { validateConfig } from './validate';
import { type ObjectValue, Unknown } from './value';
import type { Methods } from './wire';
import { blockOf } from './zod-block';

export type Request<M extends keyof Methods> = MessageOf<Methods[M]['request']>;
export type Response<M extends keyof Methods> = MessageOf<Methods[M]['response']>;

/** What the parts that answer requests share: the provider, its configured value, and the signal to stop. */
export class Session {
  /** What `configure` returned; undefined until then, and while too much is unknown. */
  configured: unknown;
  private readonly stopping = new AbortController();

  constructor(
    readonly provider: Provider,
    readonly log: HclLogger,
  ) {}

  get signal(): AbortSignal {
    return this.stopping.signal;
  }

  stop(): void {
    this.stopping.abort();
  }

  context(diagnostics: Diagnostics, typeName: string): Context<unknown> {
    const log = this.log.child({ tf_resource_type: typeName });
    return {
      provider: this.configured,
      diagnostics,
      signal: this.signal,
      log,
      progress: (message) => log.info({}, message),
    };
  }

  resource(typeName: string | undefined): Opened<ResourceLogic> {
    return open(this.provider.resources, typeName, 'resource');
  }
}

/** One resource with its logic loaded and its schema derived. */
export interface Opened<L> {
  readonly name: string;
  readonly logic: L;
  readonly version: number;
  readonly block: Block;
  readonly type: ReturnType<typeof typeOf>;
  readonly schema: Loaded<L>['schema'];
}

export function open<L>(all: readonly Loaded<L>[] | undefined, typeName: string | undefined, what: string): Opened<L> {
  const found = all?.find((each) => each.schema.name === typeName);
  if (!found) throw new Error(`this provider has no ${what} ${typeName}`);
  const block = blockOf(found.schema.attributes);
  return {
    name: found.schema.name,
    logic: found.load(),
    version: found.schema.version ?? 0,
    block,
    type: typeOf(block),
    schema: found.schema,
  };
}

/** An object of `block` with every property null or empty: what an import starts from. */
export function emptyObject(block: Block): ObjectValue {
  return Object.fromEntries([
    ...block.attributes.map((each) => [each.name, null] as const),
    ...block.blocks.map((each) => [each.name, each.nesting === 'single' ? null : []] as const),
  ]);
}

const capabilities = { planDestroy: true, getProviderSchemaOptional: true };

export function getMetadata({ provider }: Session): Response<'GetMetadata'> {
  const names = (all: readonly Loaded<unknown>[] = []) => all.map(({ schema }) => ({ typeName: schema.name }));
  return {
    capabilities,
    resources: names(provider.resources),
    dataSources: names(provider.dataSources),
    ephemeralResources: names(provider.ephemeral),
  };
}

export function getProviderSchema({ provider }: Session): Response<'GetProviderSchema'> {
  const schemas = (all: readonly (Resource | EphemeralResource | DataSource)[] = []) =>
    Object.fromEntries(all.map(({ schema }) => [schema.name, schemaMessage(schema)]));
  return {
    capabilities,
    provider: schemaMessage(provider.schema),
    resources: schemas(provider.resources),
    dataSources: schemas(provider.dataSources),
    ephemeral: schemas(provider.ephemeral),
  };
}

export async function configureProvider(
  session: Session,
  request: Request<'ConfigureProvider'>,
): Promise<Response<'ConfigureProvider'>> {
  const diagnostics = new Diagnostics();
  const { provider, log, signal } = session;
  const type = typeOf(blockOf(provider.schema.attributes));
  try {
    session.configured = await provider.configure({
      config: objectFrom(request.config, type) as Plan<z.ZodObject>,
      diagnostics,
      terraformVersion: request.terraformVersion ?? '',
      signal,
      log,
    });
  } catch (error) {
    addError(diagnostics, error, `configure provider ${provider.name}`);
  }
  return { diagnostics: diagnosticMessages(diagnostics, type) };
}

export async function validateProviderConfig(
  { provider }: Session,
  request: Request<'ValidateProviderConfig'>,
): Promise<Response<'ValidateProviderConfig'>> {
  return { diagnostics: await validated(provider.schema, provider, `provider ${provider.name}`, request.config) };
}

/** For resources, data sources and ephemeral resources alike. */
export async function validateByType<L extends Validating>(
  all: readonly Loaded<L>[] | undefined,
  what: string,
  request: Request<'ValidateResourceConfig'>,
): Promise<Response<'ValidateResourceConfig'>> {
  const { logic, schema, name } = open(all, request.typeName, what);
  return { diagnostics: await validated(schema, logic, name, request.config) };
}

interface Validating {
  validate?(context: ValidateContext<z.ZodObject>): void | Promise<void>;
}

async function validated(
  schema: Provider['schema'],
  logic: Validating,
  name: string,
  message: Request<'ValidateProviderConfig'>['config'],
): Promise<Response<'ValidateProviderConfig'>['diagnostics']> {
  const diagnostics = new Diagnostics();
  const type = typeOf(blockOf(schema.attributes));
  const config = objectFrom(message, type);
  if (config) {
    validateConfig(schema.attributes, config, diagnostics);
    try {
      if (!diagnostics.hasErrors) await logic.validate?.({ config: config as never, diagnostics });
    } catch (error) {
      addError(diagnostics, error, `validate ${name}`);
    }
  }
  return diagnosticMessages(diagnostics, type);
}

/** Nulls for what a handler left out, for write-only values, and, with an error, for what it left unknown. */
export function finished(state: ObjectValue, resource: Opened<unknown>, diagnostics: Diagnostics): ObjectValue {
  const result = { ...emptyObject(resource.block), ...state };
  for (const { name, writeOnly } of resource.block.attributes) if (writeOnly) result[name] = null;
  const unknowns: string[] = [];
  const known = withoutUnknowns(result, [], unknowns) as ObjectValue;
  if (unknowns.length > 0) {
    diagnostics.error(
      `${resource.name} left values unknown after apply`,
      `A mistake in the provider: ${unknowns.join(', ')} must be known once the resource exists.`,
    );
  }
  return known;
}

function withoutUnknowns(value: unknown, path: string[], found: string[]): unknown {
  if (value === Unknown) {
    found.push(path.join('.'));
    return null;
  }
  if (Array.isArray(value)) return value.map((each, index) => withoutUnknowns(each, [...path, String(index)], found));
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, withoutUnknowns(each, [...path, key], found)]),
  );
}
