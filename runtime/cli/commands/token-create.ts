import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { HttpApiClient } from '../../client/http-client';
import { readKubeconfig } from '../../client/kubeconfig';
import { hostPaths, ServerConfigSchema } from '../../config/config';
import { secrets } from '../../kube/resource';
import { caHash } from '../../pki/ca';
import { rfc3339 } from '../../util/clock';
import { type Command, UsageError } from '../command';
import { readConfigFile } from '../config-file';

const characters = 'abcdefghijklmnopqrstuvwxyz0123456789';

export const tokenCreate: Command = {
  name: 'token create',
  summary: 'make a join token for one node and print it; run on the server',
  options: {
    node: { value: 'NAME', description: 'the node that may join with it', required: true },
    ttl: { value: 'SECONDS', description: 'how long it is good', default: '600' },
    config: { value: 'FILE', description: 'configuration file of the server', default: hostPaths().serverConfig },
  },
  async run(values, streams) {
    const config = readConfigFile(values.config as string, ServerConfigSchema);
    const ttl = Number(values.ttl);
    if (!Number.isInteger(ttl) || ttl < 1) {
      throw new UsageError(
        `orlop token create: --ttl is ${JSON.stringify(values.ttl)}: it must be a whole number of seconds, at least 1`,
      );
    }
    const identity = await readKubeconfig(join(config.dataDir, 'admin.kubeconfig'));
    const client = new HttpApiClient({ ...identity, server: `https://127.0.0.1:${config.listenPort}` });
    const id = random(6);
    const secret = random(16);
    try {
      await client.create(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: {
          name: `bootstrap-token-${id}`,
          namespace: 'kube-system',
          annotations: { 'orlop.dev/node-name': values.node as string },
        },
        type: 'bootstrap.kubernetes.io/token',
        stringData: {
          'token-id': id,
          'token-secret': secret,
          expiration: rfc3339(Date.now() + ttl * 1000),
          'usage-bootstrap-authentication': 'true',
        },
      });
    } finally {
      await client.close();
    }
    streams.out(`${caHash(identity.ca ?? '')}.${id}.${secret}\n`);
  },
};

function random(length: number): string {
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join('');
}
