import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiServer } from '../../../runtime/apiserver/api-server';
import { main } from '../../../runtime/cli/main';
import { openStore } from '../../../runtime/cli/store-choice';
import { kinds } from '../../../runtime/kube/kinds';
import { configMaps } from '../../../runtime/kube/resource';
import { createCa } from '../../../runtime/pki/ca';
import { revisionBump } from '../../../runtime/store/backup/snapshot';
import { EtcdConnection } from '../../../runtime/store/etcd/connection';
import { KeySpace } from '../../../runtime/store/etcd/key-space';
import { writeMeta } from '../../../runtime/store/etcd/meta';
import { CompactedError } from '../../../runtime/store/store';
import { collect } from '../../store/store-backend';
import { EtcdServer } from './etcd-server';

jest.setTimeout(120_000);

let etcd: EtcdServer;
let folder = '';
beforeAll(async () => {
  etcd = await EtcdServer.start();
  folder = mkdtempSync(join(tmpdir(), 'orlop-etcd-backup-'));
});
afterAll(async () => {
  await etcd.remove();
  rmSync(folder, { recursive: true, force: true });
});

function server(name: string, prefix?: string) {
  const dataDir = join(folder, name);
  const store = prefix === undefined ? {} : { store: { etcd: { endpoints: [etcd.clientUrl], prefix } } };
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify({ dataDir, ...store }));
  return { dataDir, ...store, file };
}

async function orlop(...argv: string[]): Promise<string> {
  const said: string[] = [];
  const code = await main(argv, { out: (text) => said.push(text), error: (text) => said.push(text) });
  return `${code}: ${said.join('')}`;
}

test('a cluster moves from the embedded store to etcd and back, and nobody is fooled by its revisions', async () => {
  const first = server('first');
  const embedded = await openStore(first);
  mkdirSync(join(first.dataDir, 'pki'));
  for (let i = 0; i < 250; i++) await embedded.put(`/registry/${i}`, Buffer.alloc(9000, `${i} `), 0);
  const known = await embedded.revision();
  const [one, two] = [join(folder, 'one.backup'), join(folder, 'two.backup')];
  expect(await orlop('backup', one, '--config', first.file)).toMatch(/^0: /);

  const second = server('second', '/second');
  expect(await orlop('restore', one, '--config', second.file)).toMatch(/^0: /);
  const inEtcd = await openStore(second);
  expect(await inEtcd.revision()).toBeGreaterThan(known + revisionBump);
  await expect(collect(inEtcd, '/', known + 5).done).rejects.toBeInstanceOf(CompactedError);
  await expect(inEtcd.list('/', { revision: known })).rejects.toBeInstanceOf(CompactedError);
  await expect(inEtcd.put('/registry/0', Buffer.from('x'), 1)).rejects.toThrow('expected revision 1');
  const values = async (store: typeof embedded) =>
    (await store.list('/')).entries.map(({ key, value }) => `${key} ${Buffer.from(value)}`);
  expect(await values(inEtcd)).toEqual(await values(embedded));
  const watch = collect(inEtcd, '/', await inEtcd.revision());
  const { revision } = await inEtcd.put('/later', Buffer.from('x'), 0);
  expect((await watch.until(1))[0]?.revision).toBe(revision);
  await watch.stop();

  expect(await orlop('backup', two, '--config', second.file)).toMatch(/^0: /);
  const third = server('third');
  expect(await orlop('restore', two, '--config', third.file)).toMatch(/^0: /);
  const back = await openStore(third);
  expect(await values(back)).toEqual(await values(inEtcd));
  expect(await back.revision()).toBeGreaterThan((await inEtcd.revision()) + revisionBump / 2);
  for (const store of [embedded, inEtcd, back]) await store.close();
  expect(await orlop('restore', one, '--config', server('fourth', '/second').file)).toMatch(/^1: .*already/s);
});

test('half a restore is not taken for a cluster, and the next restore starts it over', async () => {
  const source = server('source');
  const store = await openStore(source);
  await store.put('/registry/a', Buffer.from('x'), 0);
  const file = join(folder, 'half.backup');
  await orlop('backup', file, '--config', source.file);
  await store.close();
  const connection = new EtcdConnection({ endpoints: [etcd.clientUrl] });
  await writeMeta(connection, new KeySpace('/half'), { offset: 5, restoring: true });
  connection.close();
  const target = server('half', '/half');
  await expect(openStore(target)).rejects.toThrow('half a restored backup');
  rmSync(target.dataDir, { recursive: true, force: true });
  expect(await orlop('restore', file, '--config', target.file)).toMatch(/^0: /);
});

test('two API servers over one etcd see each other’s writes', async () => {
  const ca = await createCa(Date.now());
  const start = async (name: string) => {
    const store = await openStore(server(name, '/shared'));
    return { store, api: await ApiServer.create({ store, kinds, ca }) };
  };
  const [one, two] = [await start('one'), await start('two')];
  const at = { namespace: 'default', name: 'shared' };
  const [first, second] = [one.api.client('one'), two.api.client('two')];
  await first.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', metadata: at, data: { a: '1' } });
  expect(await second.get(configMaps, at)).toMatchObject({ data: { a: '1' } });
  await second.patch(configMaps, at, { type: 'merge', body: { data: { a: '2' } } });
  expect(await first.get(configMaps, at)).toMatchObject({ data: { a: '2' } });
  for (const { api, store } of [one, two]) {
    await api.close();
    await store.close();
  }
});
