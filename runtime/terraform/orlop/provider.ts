import { defineProvider, defineResource, type Provider } from '../protocol/resource';
import { isWhollyKnown } from '../protocol/value';
import { imageSchema } from './schema/image';
import { nodeSchema } from './schema/node';
import { objectSchema } from './schema/object';
import { providerSchema } from './schema/provider';
import { sshKeySchema } from './schema/ssh-key';
import type { OrlopSession } from './session';

/** The provider `orlop.local/orlop/orlop`. Each resource's logic is loaded at its first use: Terraform starts us often. */
export function orlopProvider(): Provider {
  let session: OrlopSession | undefined;
  return defineProvider({
    name: 'orlop',
    schema: providerSchema,
    resources: [
      defineResource(
        nodeSchema,
        () => (require('./node/node-resource') as typeof import('./node/node-resource')).nodeLogic,
      ),
      defineResource(
        objectSchema,
        () => (require('./object/object-resource') as typeof import('./object/object-resource')).objectLogic,
      ),
      defineResource(
        imageSchema,
        () => (require('./image/image-resource') as typeof import('./image/image-resource')).imageLogic,
      ),
      defineResource(
        sshKeySchema,
        () => (require('./ssh-key-resource') as typeof import('./ssh-key-resource')).sshKeyLogic,
      ),
    ],
    validate({ config, diagnostics }) {
      if (config.server !== null && config.kubeconfig !== null) {
        diagnostics.error(
          'Two clusters are configured',
          'Give either server (the SSH of an orlop cluster) or kubeconfig (any Kubernetes cluster), not both.',
          ['kubeconfig'],
        );
      }
    },
    configure({ config, log }) {
      const { OrlopSession } = require('./session') as typeof import('./session');
      const known = isWhollyKnown(config);
      session = new OrlopSession(
        known
          ? { server: config.server as never, kubeconfig: config.kubeconfig as never, context: config.context as never }
          : 'unknown',
        typeof config.runtime_dir === 'string' ? config.runtime_dir : undefined,
        log,
      );
      return session;
    },
    close: () => session?.close(),
  });
}
