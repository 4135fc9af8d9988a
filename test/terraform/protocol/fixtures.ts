import { z } from 'zod';
import { typeOf } from '../../../runtime/terraform/protocol/block';
import { messageFrom, objectFrom } from '../../../runtime/terraform/protocol/convert';
import { HclLogger } from '../../../runtime/terraform/protocol/hclog';
import {
  defineProvider,
  defineResource,
  type ResourceLogic,
  resourceSchema,
} from '../../../runtime/terraform/protocol/resource';
import { Session } from '../../../runtime/terraform/protocol/service';
import type { Value } from '../../../runtime/terraform/protocol/value';
import { blockOf } from '../../../runtime/terraform/protocol/zod-block';

export const fileSchema = resourceSchema({
  name: 'probe_file',
  version: 2,
  attributes: z.strictObject({
    path: z.string().startsWith('/').meta({ forceNew: true }),
    content: z.string().min(1).max(10),
    size: z.int().meta({ computed: true }),
    doc: z.unknown().optional(),
    key: z.string().min(4).optional().meta({ writeOnly: true }),
    tags: z.record(z.string(), z.string().min(1)).optional(),
  }),
});

export type FileLogic = ResourceLogic<typeof fileSchema.attributes, { root: string }>;
export const fileType = typeOf(blockOf(fileSchema.attributes));
const providerSchema = resourceSchema({ name: 'probe', attributes: z.strictObject({ root: z.string() }) });
const providerType = typeOf(blockOf(providerSchema.attributes));

/** A session of a provider whose one resource does what `logic` says; the rest keeps a state in memory. */
export function probe(logic: Partial<FileLogic> = {}) {
  const lines: string[] = [];
  const complete: FileLogic = {
    create: async ({ planned, config }) => ({ ...(planned as never as State), size: String(config.content).length }),
    update: async ({ planned, config }) => ({ ...(planned as never as State), size: String(config.content).length }),
    read: async ({ state }) => state,
    delete: async () => {},
    ...logic,
  };
  const provider = defineProvider({
    name: 'probe',
    schema: providerSchema,
    configure: ({ config }) => (typeof config.root === 'string' ? { root: config.root } : undefined),
    resources: [defineResource(fileSchema, () => complete)],
  });
  const session = new Session(
    provider,
    new HclLogger(
      'probe',
      {},
      (line) => lines.push(line),
      () => new Date(0),
    ),
  );
  session.configured = { root: '/' };
  return { session, provider, lines };
}

type State = Awaited<ReturnType<FileLogic['create']>>;

export const file = (given: Record<string, Value> | null): ReturnType<typeof messageFrom> =>
  messageFrom(
    given && { path: '/a', content: 'hello', size: null, doc: null, key: null, tags: null, ...given },
    fileType,
  );
export const fileFrom = (message: Parameters<typeof objectFrom>[0]) => objectFrom(message, fileType);
export const providerConfig = (root: Value) => messageFrom({ root }, providerType);
