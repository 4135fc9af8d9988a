import { z } from 'zod';
import { resourceSchema } from '../../protocol/resource';
import { duration, fixed, stringMap } from './common';

const build = z.strictObject({
  context: z
    .string()
    .min(1)
    .meta({ description: 'Folder that is sent to the Engine, less what its .dockerignore names.' }),
  dockerfile: z.string().default('Dockerfile').meta({ description: 'Relative to the context.' }),
  tag: z.array(z.string()).optional().meta({ description: 'Further names of the image.' }),
  build_args: stringMap.optional(),
  target: z.string().optional(),
  platform: z.string().optional(),
  label: stringMap.optional(),
  labels: stringMap.optional(),
  no_cache: z.boolean().optional(),
  pull_parent: z.boolean().optional(),
  remove: z.boolean().default(true),
  force_remove: z.boolean().optional(),
  cache_from: z.array(z.string()).optional(),
  extra_hosts: z.array(z.string()).optional(),
  network_mode: z.string().optional(),
  shm_size: z.int().optional(),
  memory: z.int().optional(),
  memory_swap: z.int().optional(),
  cpu_shares: z.int().optional(),
  cpu_period: z.int().optional(),
  cpu_quota: z.int().optional(),
  cpu_set_cpus: z.string().optional(),
  cpu_set_mems: z.string().optional(),
  cgroup_parent: z.string().optional(),
  suppress_output: z.boolean().optional(),
  squash: z.boolean().optional(),
  version: z.string().optional(),
  remote_context: z.string().optional(),
  isolation: z.string().optional(),
  security_opt: z.array(z.string()).optional(),
  session_id: z.string().optional(),
  build_id: z.string().optional(),
  builder: z.string().optional(),
  build_log_file: z.string().optional(),
  auth_config: z
    .array(
      z.strictObject({
        host_name: z.string(),
        user_name: z.string().optional(),
        password: z.string().optional(),
        auth: z.string().optional(),
        email: z.string().optional(),
        server_address: z.string().optional(),
        identity_token: z.string().optional(),
        registry_token: z.string().optional(),
      }),
    )
    .optional()
    .meta({ block: 'list' }),
  secrets: z
    .array(z.strictObject({ id: z.string(), env: z.string().optional(), src: z.string().optional() }))
    .optional()
    .meta({ block: 'list' }),
  ulimit: z
    .array(z.strictObject({ name: z.string(), soft: z.int(), hard: z.int() }))
    .optional()
    .meta({ block: 'list' }),
});

export const imageSchema = resourceSchema({
  name: 'docker_image',
  description: 'An image in the Docker Engine: built, or pulled unless the Engine has it.',
  attributes: z.strictObject({
    id: z.string().meta({ computed: true }),
    name: z
      .string()
      .min(1)
      .meta({ ...fixed, description: 'With a tag or a digest.' }),
    image_id: z.string().meta({ computed: true, description: "The image's own ID: sha256:…" }),
    repo_digest: z.string().meta({ computed: true }),
    keep_locally: z.boolean().optional().meta({ description: 'Leave the image in the Engine on destroy.' }),
    force_remove: z.boolean().optional(),
    platform: z.string().default('').meta(fixed),
    pull_triggers: z
      .array(z.string())
      .optional()
      .meta({ ...fixed, set: true }),
    triggers: stringMap.optional().meta({ ...fixed, description: 'A change of any value makes the image anew.' }),
    build: z.array(build).max(1).optional().meta({ block: 'set', forceNew: true }),
    timeouts: z
      .strictObject({ create: duration.optional(), update: duration.optional(), delete: duration.optional() })
      .optional()
      .meta({ block: 'single' }),
  }),
});
