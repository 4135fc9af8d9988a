import { serveProvider } from '../protocol/serve';

/** The orlop provider's executable: what Terraform starts. */
function runOrlopProvider(): Promise<void> {
  return serveProvider('orlop', () => (require('./provider') as typeof import('./provider')).orlopProvider());
}

if (require.main === module) void runOrlopProvider();
