import type { Command } from '../command';

declare const ORLOP_VERSION: string | undefined;

export const version: Command = {
  name: 'version',
  summary: 'print the version',
  options: {},
  async run(_values, streams) {
    streams.out(
      `orlop ${typeof ORLOP_VERSION === 'string' ? ORLOP_VERSION : 'from sources'}, Node.js ${process.version}\n`,
    );
  },
};
