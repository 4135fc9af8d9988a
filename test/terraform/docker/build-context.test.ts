import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { buildContext } from '../../../runtime/terraform/docker/image/build-context';
import { dockerIgnore } from '../../../runtime/terraform/docker/image/docker-ignore';

test.each<[string, string, boolean]>([
  ['*.log', 'a.log', true],
  ['*.log', 'sub/a.log', false],
  ['**/*.log', 'sub/deep/a.log', true],
  ['**/*.log', 'a.log', true],
  ['/node_modules/', 'node_modules/x/y.js', true],
  ['node_modules', 'sub/node_modules/x', false],
  ['**/node_modules', 'sub/node_modules/x', true],
  ['a?c', 'abc', true],
  ['[ab].txt', 'b.txt', true],
  ['a.b', 'axb', false],
  ['dir/**', 'dir/a/b', true],
  ['# no\n\n*\n!keep', 'keep', false],
  ['*\n!keep', 'other', true],
  ['secret\n!secret/public', 'secret/public/x', false],
])('.dockerignore %j decides on %s', (rules, path, ignored) => expect(dockerIgnore(rules)(path)).toBe(ignored));

describe('a build context', () => {
  const root = mkdtempSync(join(tmpdir(), 'orlop-context-'));
  const folder = join(root, 'app');
  mkdirSync(join(folder, 'secret', 'deep'), { recursive: true });
  const write = (path: string, text = path) => writeFileSync(join(folder, path), text);
  write('Dockerfile');
  write('.dockerignore', '*\n!src.js\n!secret/deep/keep\n');
  write('src.js');
  write('debug.log');
  write('secret/deep/keep');
  write('secret/deep/key');
  symlinkSync('src.js', join(folder, 'link'));
  writeFileSync(join(root, 'Outside'), 'FROM scratch');
  afterAll(() => rmSync(root, { recursive: true }));

  async function entries(dockerfile: string) {
    const { stream, dockerfile: name } = await buildContext(folder, dockerfile);
    const found: Record<string, string> = {};
    for await (const entry of stream.pipe(createGunzip()).pipe(extract())) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      found[entry.header.name] = Buffer.concat(chunks).toString();
      expect([entry.header.uid, entry.header.gid]).toEqual([0, 0]);
    }
    return { name, found };
  }

  test('holds what is not ignored, and always the Dockerfile', async () => {
    const { name, found } = await entries('Dockerfile');
    expect(name).toBe('Dockerfile');
    expect(Object.keys(found)).toEqual(['.dockerignore', 'Dockerfile', 'secret/deep/keep', 'src.js']);
    expect(found['src.js']).toBe('src.js');
  });

  test('takes a Dockerfile from outside along under a name of its own', async () => {
    const { name, found } = await entries('../Outside');
    expect(found[name]).toBe('FROM scratch');
  });
});
