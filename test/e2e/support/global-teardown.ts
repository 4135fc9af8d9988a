import { shared } from './shared';

export default async function globalTeardown(): Promise<void> {
  if (process.env.ORLOP_E2E_KEEP === '1') return;
  const destroyed = await shared.destroy();
  if (destroyed.code !== 0) throw new Error(`the end-to-end stack could not be destroyed:\n${destroyed.output}`);
  shared.remove();
}
