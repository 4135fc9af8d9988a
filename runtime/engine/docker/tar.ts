/** A regular file of an archive. */
export interface TarFile {
  /** At most 99 bytes. */
  name: string;
  data: Buffer;
  mode?: number;
}

const block = 512;

/**
 * A tar archive (ustar) of a few small files, the same bytes for the same files: owner root, time 0.
 * tar-stream does more, and would take 5 MiB of every agent's memory for it.
 */
export function tar(files: TarFile[]): Buffer {
  const parts = files.flatMap(({ name, data, mode = 0o444 }) => [
    header(name, data.length, mode),
    data,
    Buffer.alloc((block - (data.length % block)) % block),
  ]);
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

function header(name: string, size: number, mode: number): Buffer {
  if (Buffer.byteLength(name) > 99) throw new RangeError(`${name} is too long a name for this archive`);
  const bytes = Buffer.alloc(block);
  const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, '0')}\0`;
  bytes.write(name, 0);
  bytes.write(octal(mode, 8), 100);
  bytes.write(octal(0, 8), 108);
  bytes.write(octal(0, 8), 116);
  bytes.write(octal(size, 12), 124);
  bytes.write(octal(0, 12), 136);
  bytes.write('        0', 148);
  bytes.write('ustar\x0000', 257, 'latin1');
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return bytes;
}
