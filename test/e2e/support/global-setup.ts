import { shared } from './shared';

export default async function globalSetup(): Promise<void> {
  const started = Date.now();
  const deployed = await shared.deploy();
  if (deployed.code !== 0) throw new Error(`the end-to-end stack could not be deployed:\n${deployed.output}`);
  process.stderr.write(`end-to-end stack deployed in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}
