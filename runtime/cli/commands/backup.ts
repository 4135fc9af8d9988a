import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { hostPaths, ServerConfigSchema } from '../../config/config';
import { ArchiveWriter, readArchive } from '../../store/backup/archive';
import { rfc3339 } from '../../util/clock';
import { type Command, UsageError } from '../command';
import { readConfigFile } from '../config-file';
import { openSnapshot } from '../store-choice';

/** Folders of the data folder that a server cannot do without; the store has a way of its own. */
export const keptFolders = ['pki'];

const progressEvery = 10_000;

export const backup: Command = {
  name: 'backup',
  summary: 'write the cluster’s objects and CA to a file, consistent at one revision, while the server runs',
  argument: { name: 'file', value: 'FILE', description: 'the file to make' },
  options: {
    config: { value: 'FILE', description: 'configuration file of the server', default: hostPaths().serverConfig },
  },
  async run(values, streams) {
    const config = readConfigFile(values.config as string, ServerConfigSchema);
    const file = values.file as string;
    if (existsSync(file)) throw new UsageError(`${file} is there already: a backup writes over nothing`);
    const snapshot = await openSnapshot(config);
    const unfinished = `${file}.part`;
    rmSync(unfinished, { force: true });
    try {
      const { revision } = snapshot;
      const store = config.store ? 'etcd' : 'lmdb';
      const archive = ArchiveWriter.create(unfinished, { revision, created: rfc3339(Date.now()), store });
      for (const folder of keptFolders) addFolder(archive, config.dataDir, folder);
      for await (const entry of snapshot.entries()) {
        archive.addEntry(entry);
        if (archive.entries % progressEvery === 0) streams.error(`${archive.entries} of ${snapshot.count} objects\n`);
      }
      archive.end();
      // Read back as a restore would read it, before anybody relies on it.
      const { count } = readArchive(unfinished);
      if (count !== snapshot.count) throw new Error(`the store has ${snapshot.count} objects, and ${count} were read`);
      renameSync(unfinished, file);
      streams.out(`${file}: ${count} objects at revision ${revision}\n`);
      streams.error(
        'Keep it as you would the cluster itself: the CA’s private key and every Secret are in it, not encrypted (mode 0600).\n',
      );
    } catch (error) {
      rmSync(unfinished, { force: true });
      throw error;
    } finally {
      await snapshot.close();
    }
  },
};

function addFolder(archive: ArchiveWriter, dataDir: string, folder: string): void {
  if (!existsSync(join(dataDir, folder))) return;
  for (const name of readdirSync(join(dataDir, folder)).sort()) {
    const path = join(folder, name);
    const { mode } = statSync(join(dataDir, path));
    archive.addFile({ path, mode: mode & 0o777, content: readFileSync(join(dataDir, path)) });
  }
}
