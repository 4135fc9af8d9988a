import { readInvitation } from './handshake';
import type { Provider } from './resource';

/**
 * Serves a provider to Terraform until Terraform is done with it, then exits the process. It is the whole of a provider's
 * main: it checks that Terraform started us, shakes hands, and only then calls `load`, so require the provider in there.
 * Started by anybody else it explains itself on stderr and exits with code 1.
 */
export async function serveProvider(name: string, load: () => Provider | Promise<Provider>): Promise<void> {
  const invitation = readInvitation(process.env, name);
  if ('refusal' in invitation) {
    process.stderr.write(invitation.refusal);
    process.exitCode = 1;
    return;
  }
  // Loaded here, not above: a process that Terraform did not start needs none of it.
  const { runServer } = require('./server') as typeof import('./server');
  await runServer(name, invitation, load);
}
