import { execFileSync } from 'node:child_process';
import { extract } from 'tar-stream';
import { codeOffset } from '../../runtime/engine/docker/elf';
import { sandboxImage } from '../../runtime/engine/docker/sandbox-image';
import { sandboxProgram } from '../../runtime/engine/docker/sandbox-program';
import { tar } from '../../runtime/engine/docker/tar';

async function untar(archive: Buffer): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const reader = extract();
  reader.end(archive);
  for await (const entry of reader) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name, Buffer.concat(chunks));
  }
  return files;
}

describe.each([
  ['amd64', 62],
  ['arm64', 183],
] as const)('the sandbox program for %s', (machine, number) => {
  const program = sandboxProgram(machine);

  test('is a small static executable whose entry point is its first instruction', () => {
    expect(program.length).toBeLessThan(600);
    expect(program.subarray(0, 5)).toEqual(Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2]));
    expect(program.readUInt16LE(18)).toBe(number);
    expect(program.readBigUInt64LE(24)).toBe(0x400000n + BigInt(codeOffset));
    expect(program.readBigUInt64LE(64 + 32)).toBe(BigInt(program.length));
  });

  test('is packed as an image that names itself by its content', async () => {
    const { name, archive } = sandboxImage(machine);
    const files = await untar(archive);
    const [manifest] = JSON.parse(String(files.get('manifest.json')));
    expect(manifest.RepoTags).toEqual([name]);
    const config = JSON.parse(String(files.get(manifest.Config)));
    expect(config).toMatchObject({ architecture: machine, os: 'linux', config: { Entrypoint: ['/pause'] } });
    const layer = await untar(files.get(manifest.Layers[0]) as Buffer);
    expect(layer.get('pause')).toEqual(program);
    expect(sandboxImage(machine)).toEqual({ name, archive });
  });
});

test('the archive is one that tar reads', () => {
  const archive = tar([
    { name: 'a/b', data: Buffer.from('hello'), mode: 0o555 },
    { name: 'empty', data: Buffer.alloc(0) },
  ]);
  const listing = execFileSync('tar', ['tvf', '-'], { input: archive }).toString();
  expect(listing).toMatch(/-r-xr-xr-x.* 5 .*a\/b/);
  expect(listing).toMatch(/-r--r--r--.* 0 .*empty/);
});
