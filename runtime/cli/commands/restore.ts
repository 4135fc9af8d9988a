import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { hostPaths, ServerConfigSchema } from '../../config/config';
import { type ArchiveFile, readArchive } from '../../store/backup/archive';
import { type Command, UsageError } from '../command';
import { readConfigFile } from '../config-file';
import { lmdbFolder, recordChoice, restoreStore } from '../store-choice';
import { keptFolders } from './backup';

/** What is under construction in the data folder; removed by the next restore when this one is killed. */
const workName = '.restore';

export const restore: Command = {
  name: 'restore',
  summary: 'make the data of a server, which does not run, of a backup',
  argument: { name: 'file', value: 'FILE', description: 'a file that "orlop backup" made' },
  options: {
    config: { value: 'FILE', description: 'configuration file of the server', default: hostPaths().serverConfig },
  },
  async run(values, streams) {
    const config = readConfigFile(values.config as string, ServerConfigSchema);
    const { dataDir } = config;
    refuseExisting(dataDir);
    const archive = readArchive(values.file as string);
    const work = join(dataDir, workName);
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true, mode: 0o700 });
    for (const file of archive.files) writeFile(work, file);
    await restoreStore({ ...config, dataDir: work }, archive, (done) =>
      streams.error(`${done} of ${archive.count} objects\n`),
    );
    // A server that finds its store finds all the rest: the store comes last.
    recordChoice(config);
    for (const folder of [...keptFolders.map((name) => join(work, name)), lmdbFolder(work)]) {
      if (existsSync(folder)) renameSync(folder, join(dataDir, folder.slice(work.length + 1)));
    }
    rmSync(work, { recursive: true });
    const { revision, created } = archive.header;
    streams.out(`restored ${archive.count} objects, as of ${created} (revision ${revision})\n`);
  },
};

function refuseExisting(dataDir: string): void {
  const there = existsSync(dataDir)
    ? readdirSync(dataDir).filter((name) => name !== workName && name !== 'store.json')
    : [];
  if (there.length === 0) return;
  throw new UsageError(
    `${dataDir} is not empty (${there.join(', ')}): a restore writes over nothing. Stop the server and move the folder away first`,
  );
}

function writeFile(folder: string, { path, mode, content }: ArchiveFile): void {
  const safe = normalize(path);
  if (!keptFolders.includes(dirname(safe)))
    throw new Error(`the backup has a file ${JSON.stringify(path)}, which is none of a server's`);
  mkdirSync(dirname(join(folder, safe)), { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, safe), content, { mode });
}
