import { PassThrough, pipeline, type Readable } from 'node:stream';
import { EngineError, type LogOptions } from '../engine';
import { ByteLimit, Demultiplexer } from './demultiplex';
import type { DockerApi } from './docker-api';
import type { DockerContainer } from './docker-types';

/** A container's output as Kubernetes' log endpoint gives it; Docker's time format is the same. */
export async function containerLogs(api: DockerApi, id: string, options: LogOptions): Promise<Readable> {
  const container = await api.json<DockerContainer>({ path: `/containers/${id}/json` });
  if (options.limitBytes !== undefined && options.limitBytes < 1)
    throw new EngineError('invalid', `limitBytes is ${options.limitBytes}, must be at least 1`);
  const response = await api.stream({
    path: `/containers/${id}/logs`,
    query: {
      stdout: options.stdout,
      stderr: options.stderr,
      follow: options.follow,
      timestamps: options.timestamps,
      tail: options.tailLines ?? 'all',
      since: options.sinceTime === undefined ? undefined : (options.sinceTime / 1000).toFixed(9),
    },
    signal: options.signal,
  });
  const stages = [
    ...(container.Config.Tty ? [] : [new Demultiplexer()]),
    ...(options.limitBytes === undefined ? [] : [new ByteLimit(options.limitBytes)]),
    new PassThrough(),
  ];
  const last = stages[stages.length - 1] as PassThrough;
  // A reader that goes away closes the connection to the engine; that is how a followed log ends.
  pipeline([response, ...stages], () => response.destroy());
  last.on('close', () => response.destroy());
  last.on('error', () => {});
  return last;
}
