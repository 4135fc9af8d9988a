import type { ConfigureContext } from '../protocol/resource';
import { defineProvider, defineResource, type Provider } from '../protocol/resource';
import { isWhollyKnown, Unknown } from '../protocol/value';
import { type DockerProvider, ownerOf } from './ownership';
import { containerSchema } from './schema/container';
import { imageSchema } from './schema/image';
import { networkSchema } from './schema/network';
import { dockerProviderSchema } from './schema/provider';
import { volumeSchema } from './schema/volume';
import { refuseUnserved, type Unserved } from './unserved';

const noTls = 'it reaches an Engine through a socket or plain TCP, not over TLS.';
const unserved: readonly Unserved[] = [
  { path: ['context'], instead: "give the context's address as host, or in DOCKER_HOST." },
  { path: ['ssh_opts'], instead: 'it does not reach an Engine over SSH.' },
  { path: ['ca_material'], instead: noTls },
  { path: ['cert_material'], instead: noTls },
  { path: ['key_material'], instead: noTls },
  { path: ['cert_path'], instead: noTls },
  {
    path: ['registry_auth'],
    instead: 'it is for where no registry can be reached, and pulls without credentials.',
  },
];

/**
 * The four docker_ resources that a stack needs where Terraform's registry, and with it kreuzwerker/docker, cannot be had:
 * the same names, attributes and defaults, under the source orlop.local/orlop/docker.
 */
export const dockerProvider: Provider = defineProvider({
  name: 'docker',
  schema: dockerProviderSchema,
  validate: ({ config, diagnostics }) => refuseUnserved('provider docker', unserved, config, diagnostics),
  configure,
  resources: [
    defineResource(containerSchema, () => {
      const { containerLogic } = require('./container/logic') as typeof import('./container/logic');
      return containerLogic();
    }),
    defineResource(imageSchema, () => (require('./image/logic') as typeof import('./image/logic')).imageLogic),
    defineResource(networkSchema, () =>
      (require('./network/logic') as typeof import('./network/logic')).networkLogic(),
    ),
    defineResource(volumeSchema, () => (require('./volume/logic') as typeof import('./volume/logic')).volumeLogic()),
  ],
});

async function configure({
  config,
  diagnostics,
}: ConfigureContext<typeof dockerProviderSchema.attributes>): Promise<DockerProvider | undefined> {
  // An address that another resource will tell: plan without an Engine.
  if (config.host === Unknown || !isWhollyKnown(config.disable_docker_daemon_check)) return undefined;
  const address = config.host || process.env.DOCKER_HOST || 'unix:///var/run/docker.sock';
  const { DockerodeEngine } = require('./dockerode-engine') as typeof import('./dockerode-engine');
  try {
    const engine = new DockerodeEngine(address);
    if (config.disable_docker_daemon_check !== true) await engine.ping();
    return { engine, owner: ownerOf(process.cwd(), process.env), made: new Set() };
  } catch (error) {
    diagnostics.error(
      `Cannot use the Docker Engine at ${address}`,
      `${error instanceof Error ? error.message : String(error)}\nIs it running, and may this user use it? Its address is host of the provider's configuration, else DOCKER_HOST, else unix:///var/run/docker.sock.`,
    );
    return undefined;
  }
}
