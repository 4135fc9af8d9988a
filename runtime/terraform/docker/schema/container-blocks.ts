import { z } from 'zod';
import { duration, labels, natural, stringMap } from './common';

/** The nested blocks of docker_container. A change within any of them means a new container. */
const set = { block: 'set', forceNew: true } as const;
const list = { block: 'list', forceNew: true } as const;
const strings = z.array(z.string());

export const capabilities = z
  .array(
    z.strictObject({
      add: strings.optional().meta({ set: true, description: 'With the prefix CAP_, as the Engine reports them.' }),
      drop: strings.optional().meta({ set: true }),
    }),
  )
  .max(1)
  .optional()
  .meta(set);

export const devices = z
  .array(
    z.strictObject({
      host_path: z.string().min(1),
      container_path: z.string().optional(),
      permissions: z.string().optional().meta({ description: 'Of r, w and m; defaults to rwm.' }),
    }),
  )
  .optional()
  .meta(set);

export const healthcheck = z
  .array(
    z.strictObject({
      test: strings,
      interval: duration.default('0s'),
      timeout: duration.default('0s'),
      start_period: duration.default('0s'),
      start_interval: duration.default('0s'),
      retries: natural.default(0),
    }),
  )
  .max(1)
  .optional()
  .meta(list);

export const hosts = z
  .array(z.strictObject({ host: z.string().min(1), ip: z.string().min(1) }))
  .optional()
  .meta(set);

export const mounts = z
  .array(
    z.strictObject({
      type: z.enum(['bind', 'volume', 'tmpfs']),
      target: z.string().min(1),
      source: z.string().optional(),
      read_only: z.boolean().optional(),
      bind_options: z
        .array(
          z.strictObject({
            propagation: z.enum(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave']).optional(),
          }),
        )
        .max(1)
        .optional()
        .meta({ block: 'list' }),
      volume_options: z
        .array(
          z.strictObject({
            no_copy: z.boolean().optional(),
            driver_name: z.string().optional(),
            driver_options: stringMap.optional(),
            subpath: z.string().optional(),
            labels,
          }),
        )
        .max(1)
        .optional()
        .meta({ block: 'list' }),
      tmpfs_options: z
        .array(z.strictObject({ size_bytes: z.int().optional(), mode: z.int().optional() }))
        .max(1)
        .optional()
        .meta({ block: 'list' }),
    }),
  )
  .optional()
  .meta(set);

export const networkData = z
  .array(
    z.strictObject({
      network_name: z.string(),
      ip_address: z.string(),
      ip_prefix_length: z.int(),
      gateway: z.string(),
      global_ipv6_address: z.string(),
      global_ipv6_prefix_length: z.int(),
      ipv6_gateway: z.string(),
      mac_address: z.string(),
    }),
  )
  .meta({ computed: true });

export const networksAdvanced = z
  .array(
    z.strictObject({
      name: z.string().min(1).meta({ description: "A network's name or ID." }),
      aliases: strings.optional().meta({ set: true }),
      ipv4_address: z.string().optional(),
      ipv6_address: z.string().optional(),
    }),
  )
  .optional()
  .meta(set);

const portNumber = z.int().min(0).max(65535);

export const ports = z
  .array(
    z.strictObject({
      internal: portNumber.min(1),
      external: portNumber.optional().meta({ computed: true, description: 'Defaults to a free one.' }),
      ip: z.string().default('0.0.0.0'),
      protocol: z.enum(['tcp', 'udp', 'sctp']).default('tcp'),
    }),
  )
  .optional()
  .meta(list);

export const ulimits = z
  .array(z.strictObject({ name: z.string().min(1), soft: z.int(), hard: z.int() }))
  .optional()
  .meta(set);

export const uploads = z
  .array(
    z.strictObject({
      file: z.string().min(1).meta({ description: 'Absolute path in the container.' }),
      content: z.string().optional(),
      content_base64: z.base64().optional(),
      source: z.string().optional().meta({ description: 'A file on this machine.' }),
      source_hash: z.string().optional().meta({ description: "A change of it uploads the source's content again." }),
      executable: z.boolean().default(false),
      permissions: z
        .string()
        .regex(/^0[0-7]{3}$/, 'must be an octal mode such as "0600"')
        .optional(),
    }),
  )
  .optional()
  .meta(set);

export const volumes = z
  .array(
    z.strictObject({
      container_path: z.string().optional(),
      volume_name: z.string().optional(),
      host_path: z.string().optional(),
      from_container: z.string().optional(),
      read_only: z.boolean().optional(),
    }),
  )
  .optional()
  .meta(set);
