import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerConfig } from '../config/config';
import type { ArchiveReader } from '../store/backup/archive';
import type { Snapshot } from '../store/backup/snapshot';
import type { EtcdOptions } from '../store/etcd/options';
import type { Store } from '../store/store';
import { UsageError } from './command';

type Choice = Pick<ServerConfig, 'dataDir' | 'store'>;

/** What the data folder says of where the cluster's objects are. */
interface Recorded {
  store: 'lmdb' | 'etcd';
  /** Of etcd. Its endpoints may change. */
  prefix?: string;
}

/**
 * Opens the configured store; a client that is not needed is not loaded.
 * @throws UsageError when the cluster of this data folder is in another store
 */
export async function openStore(config: Choice): Promise<Store> {
  checkChoice(config);
  const store = await connect(config);
  recordChoice(config);
  return store;
}

async function connect(config: Choice): Promise<Store> {
  if (config.store) {
    const { EtcdStore } = require('../store/etcd/etcd-store') as typeof import('../store/etcd/etcd-store');
    return EtcdStore.open(etcdOptions(config.store.etcd));
  }
  const { LmdbStore } = require('../store/lmdb/lmdb-store') as typeof import('../store/lmdb/lmdb-store');
  return LmdbStore.open(lmdbFolder(config.dataDir));
}

/** The entries as of now, beside a server that runs or not. @throws UsageError where there is no store */
export async function openSnapshot(config: Choice): Promise<Snapshot> {
  checkChoice(config);
  if (config.store) {
    const { snapshotByLists } = require('../store/backup/snapshot') as typeof import('../store/backup/snapshot');
    return snapshotByLists(await connect(config));
  }
  const folder = lmdbFolder(config.dataDir);
  if (!existsSync(join(folder, 'store.mdb')))
    throw new UsageError(`there is no store in ${folder}: nothing to back up`);
  const { lmdbSnapshot } = require('../store/lmdb/snapshot') as typeof import('../store/lmdb/snapshot');
  return lmdbSnapshot(folder);
}

/** Makes a store of a backup. `dataDir` is where an embedded one goes. */
export async function restoreStore(
  { dataDir, store }: Choice,
  archive: ArchiveReader,
  progress: (done: number) => void,
): Promise<void> {
  if (store) {
    const { restoreEtcd } = require('../store/etcd/restore') as typeof import('../store/etcd/restore');
    await restoreEtcd(etcdOptions(store.etcd), archive, progress);
  } else {
    const { restoreLmdb } = require('../store/lmdb/restore') as typeof import('../store/lmdb/restore');
    await restoreLmdb(lmdbFolder(dataDir), archive, progress);
  }
}

/** A cluster's store is chosen once: another one would be an empty cluster in its place. */
export function checkChoice(config: Choice): void {
  const recorded = recordedChoice(config.dataDir);
  const wanted = choiceOf(config);
  if (!recorded || (recorded.store === wanted.store && recorded.prefix === wanted.prefix)) return;
  throw new UsageError(
    `the cluster of ${config.dataDir} is kept in ${describe(recorded)}, and the configuration says ${describe(wanted)}: ` +
      'the store of a cluster is not changed in place. Run "orlop backup FILE" with the former configuration, move the ' +
      'data folder away, and run "orlop restore FILE" with the new one',
  );
}

export function recordChoice(config: Choice): void {
  mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
  const path = join(config.dataDir, choiceFile);
  writeFileSync(`${path}.new`, `${JSON.stringify(choiceOf(config))}\n`);
  renameSync(`${path}.new`, path);
}

const choiceFile = 'store.json';

export function lmdbFolder(dataDir: string): string {
  return join(dataDir, 'store');
}

function recordedChoice(dataDir: string): Recorded | undefined {
  const path = join(dataDir, choiceFile);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as Recorded;
  return existsSync(join(lmdbFolder(dataDir), 'store.mdb')) ? { store: 'lmdb' } : undefined;
}

function choiceOf({ store }: Choice): Recorded {
  return store ? { store: 'etcd', prefix: store.etcd.prefix } : { store: 'lmdb' };
}

function describe({ store, prefix }: Recorded): string {
  return store === 'etcd' ? `etcd (prefix ${prefix})` : 'the embedded store';
}

function etcdOptions(etcd: NonNullable<ServerConfig['store']>['etcd']): EtcdOptions {
  const read = (name: 'caFile' | 'certFile' | 'keyFile') => {
    const path = etcd[name];
    if (path === undefined) return undefined;
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new UsageError(`the configuration's store.etcd.${name} cannot be read: ${(error as Error).message}`);
    }
  };
  const [ca, cert, key] = [read('caFile'), read('certFile'), read('keyFile')];
  if ((cert === undefined) !== (key === undefined)) {
    throw new UsageError('the configuration’s store.etcd has one of certFile and keyFile: it needs both or neither');
  }
  return {
    endpoints: etcd.endpoints,
    prefix: etcd.prefix,
    tls: { ...(ca ? { ca } : {}), ...(cert && key ? { cert, key } : {}) },
  };
}
