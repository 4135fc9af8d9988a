import { z } from 'zod';
import { resourceSchema } from '../../protocol/resource';
import { chosen, fixed, labels, natural, stringMap } from './common';
import {
  capabilities,
  devices,
  healthcheck,
  hosts,
  mounts,
  networkData,
  networksAdvanced,
  ports,
  ulimits,
  uploads,
  volumes,
} from './container-blocks';

const strings = z.array(z.string());
const restartPolicy = z.enum(['no', 'on-failure', 'always', 'unless-stopped']);

export const containerSchema = resourceSchema({
  name: 'docker_container',
  version: 2,
  description: 'A container of the Docker Engine.',
  attributes: z.strictObject({
    id: z.string().optional().meta({ computed: true }),
    name: z.string().min(1).meta(fixed),
    image: z
      .string()
      .min(1)
      .meta({ ...fixed, description: "An image's ID or name; pulled unless the Engine has it." }),

    // What runs in it.
    command: strings.optional().meta(chosen),
    entrypoint: strings.optional().meta(chosen),
    env: strings.optional().meta({ ...chosen, set: true, description: 'As KEY=value.' }),
    user: z.string().optional().meta(fixed),
    working_dir: z.string().optional().meta(fixed),
    group_add: strings.optional().meta({ ...fixed, set: true }),
    tty: z.boolean().default(false).meta(fixed),
    stdin_open: z.boolean().default(false).meta(fixed),
    init: z.boolean().optional().meta(chosen),
    stop_signal: z.string().optional().meta(chosen),
    stop_timeout: z
      .int()
      .optional()
      .meta({ ...chosen, description: 'In seconds.' }),

    // Whether and how long it runs.
    start: z.boolean().default(true),
    must_run: z.boolean().default(true).meta({ description: 'Start it again when it is found stopped.' }),
    restart: restartPolicy.default('no'),
    max_retry_count: z.int().optional(),
    rm: z
      .boolean()
      .default(false)
      .meta({ ...fixed, description: 'Remove it when it exits.' }),
    wait: z.boolean().default(false).meta({ description: 'Wait until its health check says that it is healthy.' }),
    wait_timeout: z.int().default(60).meta({ description: 'In seconds.' }),
    destroy_grace_seconds: z.int().optional(),
    remove_volumes: z.boolean().default(true).meta({ description: 'Remove its anonymous volumes with it.' }),
    container_read_refresh_timeout_milliseconds: z.int().default(15000),
    attach: z.boolean().default(false),
    logs: z.boolean().default(false),
    exit_code: z.int().nullable().meta({ computed: true }),
    container_logs: z.string().nullable().meta({ computed: true }),

    // What it is given of the host.
    memory: natural.optional().meta({ description: 'In MiB.' }),
    memory_swap: z.int().min(-1).optional().meta({ description: 'Memory and swap together, in MiB; -1: no limit.' }),
    shm_size: natural.optional().meta({ ...chosen, description: 'In MiB.' }),
    cpus: z
      .string()
      .regex(/^\d+(\.\d+)?$/, 'must be a number of CPUs such as "1.5"')
      .optional()
      .meta(fixed),
    cpu_shares: natural.optional(),
    cpu_set: z
      .string()
      .regex(/^\d+([,-]\d+)*$/, 'must be CPUs such as "0-1" or "0,2"')
      .optional(),
    cpu_period: natural.optional(),
    cpu_quota: natural.optional(),
    privileged: z.boolean().optional().meta(fixed),
    security_opts: strings.optional().meta({ ...chosen, set: true }),
    read_only: z
      .boolean()
      .default(false)
      .meta({ ...fixed, description: 'With a root filesystem that cannot be written.' }),
    tmpfs: stringMap.optional().meta({ ...fixed, description: 'Mount options by path.' }),
    storage_opts: stringMap.optional().meta(fixed),
    sysctls: stringMap.optional().meta(fixed),
    runtime: z.string().optional().meta(chosen),
    gpus: z.string().optional().meta(fixed),
    ipc_mode: z.string().optional().meta(chosen),
    pid_mode: z.string().optional().meta(fixed),
    userns_mode: z.string().optional().meta(fixed),
    cgroupns_mode: z.enum(['private', 'host']).optional().meta(fixed),
    cgroup_parent: z.string().optional().meta(fixed),
    log_driver: z.string().optional().meta(chosen),
    log_opts: stringMap.optional().meta(fixed),

    // Its network.
    hostname: z.string().optional().meta(chosen),
    domainname: z.string().optional().meta(fixed),
    network_mode: z.string().default('bridge').meta(fixed),
    publish_all_ports: z.boolean().optional().meta(fixed),
    dns: strings.optional().meta({ ...fixed, set: true }),
    dns_opts: strings.optional().meta({ ...fixed, set: true }),
    dns_search: strings.optional().meta({ ...fixed, set: true }),
    bridge: z.string().meta({ computed: true }),
    network_data: networkData,

    labels,
    capabilities,
    devices,
    healthcheck,
    host: hosts,
    mounts,
    networks_advanced: networksAdvanced,
    ports,
    ulimit: ulimits,
    upload: uploads,
    volumes,
  }),
});
