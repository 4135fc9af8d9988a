import { serveProvider } from '../protocol/serve';

/** The whole of the docker provider's program: serves orlop.local/orlop/docker to the Terraform that started it. */
function runDockerProvider(): Promise<void> {
  return serveProvider('docker', () => (require('./provider') as typeof import('./provider')).dockerProvider);
}

if (require.main === module) void runDockerProvider();
