import { type Answer, Connection, type Identity } from './connection';

export interface LoadResult {
  requests: number;
  seconds: number;
  /** Milliseconds from sending a request to the end of its answer. */
  latencies: number[];
}

export interface Load {
  port: number;
  identity: Identity;
  connections: number;
  /** The next request's bytes; undefined where there are no more. */
  next(): Uint8Array | undefined;
  /** @default 200 */
  code?: number;
}

/** Sends requests over so many connections, each one after the other, until there are no more. */
export async function runLoad({ port, identity, connections, next, code = 200 }: Load): Promise<LoadResult> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port, identity)));
  const latencies: number[] = [];
  const started = performance.now();
  await Promise.all(
    open.map(async (connection) => {
      for (let request = next(); request; request = next()) {
        const sent = performance.now();
        check(await connection.send(request), code);
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  for (const connection of open) connection.close();
  return { requests: latencies.length, seconds, latencies };
}

/** One request; its answer's body. */
export async function ask(port: number, identity: Identity, request: Uint8Array, code = 200): Promise<Buffer> {
  const connection = await Connection.open(port, identity);
  const answer = await connection.send(request);
  connection.close();
  check(answer, code);
  return answer.body;
}

function check({ code, body }: Answer, expected: number): void {
  if (code !== expected) throw new Error(`expected ${expected}, got ${code}: ${body.toString().slice(0, 500)}`);
}
