import { readFileSync } from 'node:fs';

/** What a traced process did to its store's file, and said, in order. */
export type Operation =
  | {
      kind: 'write';
      offset: number;
      data: Buffer /** Index of the operation after which it is on the disk. */;
      durable: number;
    }
  | { kind: 'sync' }
  | { kind: 'said'; line: string };

const call = /^(\d+) +(\w+)\((.*)$/;
const resumed = /^(\d+) +<\.\.\. (\w+) resumed>/;

/** Reads what `strace -f -y -xx` wrote of one process and the file at `path`. */
export function readTrace(trace: string, path: string): Operation[] {
  const operations: Operation[] = [];
  const synchronous = new Set<string>();
  let position = Number.NaN;
  const unfinished = new Map<string, () => void>();
  const waiting = new Set<Operation & { kind: 'write' }>();
  const settle = (writes: Iterable<Operation & { kind: 'write' }>) => {
    const durable = operations.push({ kind: 'sync' }) - 1;
    for (const write of writes) {
      if (waiting.delete(write)) write.durable = durable;
    }
  };

  for (const line of readFileSync(trace, 'utf8').split('\n')) {
    const end = resumed.exec(line);
    if (end) {
      const done = unfinished.get(end[1] as string);
      unfinished.delete(end[1] as string);
      done?.();
      continue;
    }
    const [, pid = '', name = '', rest = ''] = call.exec(line) ?? [];
    let done = () => {};
    const descriptor = /^(\d+)<([^>]*)>/.exec(rest);
    const [, number = '', file = ''] = descriptor ?? [];
    if (name === 'openat' && rest.includes('O_DSYNC')) {
      const opened = / = (\d+)<([^>]*)>/.exec(rest);
      if (opened?.[2] !== undefined && text(opened[2]) === path) synchronous.add(opened[1] as string);
    } else if (name === 'lseek' && text(file) === path) {
      position = Number(/, (\d+), SEEK_SET/.exec(rest)?.[1]);
    } else if ((name === 'pwrite64' || name === 'writev') && text(file) === path) {
      const parts = [...rest.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map(([, hex = '']) => hex.replaceAll('\\x', ''));
      const data = Buffer.from(parts.join(''), 'hex');
      const tail = rest.slice(rest.lastIndexOf('"'));
      // LMDB seeks before it writes several pages at once; one thread at a time writes.
      const offset = name === 'writev' ? position : Number(/^", \d+, (\d+)/.exec(tail)?.[1]);
      if (!Number.isInteger(offset)) throw new Error(`a write that cannot be read: … ${tail}`);
      const write = { kind: 'write' as const, offset, data, durable: Number.POSITIVE_INFINITY };
      operations.push(write);
      waiting.add(write);
      if (synchronous.has(number)) done = () => settle([write]);
    } else if (name === 'fdatasync' && text(file) === path) {
      const before = [...waiting];
      done = () => settle(before);
    } else if (name === 'write' && number === '1') {
      const [, content = ''] = /"((?:\\x[0-9a-f]{2})*)"/.exec(rest) ?? [];
      // A child of Node's own (the loader's compiler) has a first descriptor, too.
      for (const said of text(content).split('\n'))
        if (said.startsWith('{')) operations.push({ kind: 'said', line: said });
    }
    if (line.endsWith('<unfinished ...>')) unfinished.set(pid, done);
    else done();
  }
  return operations;
}

function text(hex: string): string {
  return hex.startsWith('\\x') ? Buffer.from(hex.replaceAll('\\x', ''), 'hex').toString('utf8') : hex;
}

const sector = 512;

/**
 * The file as a loss of power before operation `cut` may leave it: all that was synced, and of the rest any sectors,
 * since a disk writes them in any order.
 */
export function imageAt(operations: Operation[], cut: number, random: () => number): Buffer {
  let image: Buffer = Buffer.alloc(0);
  const put = (offset: number, data: Buffer) => {
    if (offset + data.length > image.length) {
      image = Buffer.concat([image, Buffer.alloc(offset + data.length - image.length)]);
    }
    data.copy(image, offset);
  };
  for (const operation of operations.slice(0, cut)) {
    if (operation.kind !== 'write') continue;
    const { offset, data } = operation;
    if (operation.durable < cut) put(offset, data);
    else {
      const chance = random();
      for (let at = 0; at < data.length; at += sector) {
        if (random() < chance) put(offset + at, data.subarray(at, at + sector));
      }
    }
  }
  return image;
}
