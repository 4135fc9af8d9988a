import { StringDecoder } from 'node:string_decoder';
import type { Status } from '../kube/generated/types';
import type { KubeObject } from '../kube/object';
import { StatusError } from '../kube/status-error';
import type { WatchEvent } from './client';

/**
 * Reads a watch's answer: one JSON event a line. Ends with the stream.
 * @throws StatusError for an ERROR event, SyntaxError for a line that is no JSON (a stream cut inside a line
 *   is simply its end)
 */
export async function* readWatch<T extends KubeObject>(body: AsyncIterable<Uint8Array>): AsyncIterable<WatchEvent<T>> {
  const decoder = new StringDecoder('utf8');
  // The unfinished line, in pieces: a large object comes in many chunks and must not be joined for each of them.
  let pieces: string[] = [];
  for await (const chunk of body) {
    const lines = decoder.write(chunk as Buffer).split('\n');
    const last = lines.pop() as string;
    for (const line of lines) {
      pieces.push(line);
      const text = pieces.length === 1 ? line : pieces.join('');
      pieces = [];
      if (text.trim()) yield parseEvent<T>(text);
    }
    if (last) pieces.push(last);
  }
}

function parseEvent<T extends KubeObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as WatchEvent<T> | { type: 'ERROR'; object: Status };
  if (event.type === 'ERROR') throw StatusError.from(event.object);
  return event;
}
