import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { utils } from 'ssh2';
import { makeSshKeyPair } from '../../provision/ssh-key';
import type { ResourceLogic, State } from '../protocol/resource';
import type { sshKeySchema } from './schema/ssh-key';
import type { OrlopSession } from './session';
import { keyPath } from './ssh-target';

type Attributes = typeof sshKeySchema.attributes;

/** An ed25519 key pair in a file. A file that is there is taken as it is, so a killed apply makes no second key. */
export const sshKeyLogic: ResourceLogic<Attributes, OrlopSession> = {
  async create({ planned, private: cursor }) {
    const path = planned.path as string;
    const file = keyPath(path);
    const present = await publicKey(file);
    if (present) return { path, public_key: present };
    const made = makeSshKeyPair();
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    // "wx": two runs at once must not take each other's key away.
    await writeFile(file, made.private, { mode: 0o600, flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw new Error(`the private key cannot be written to ${file}: ${error.message}`);
    });
    cursor.set({ made: true });
    return { path, public_key: (await publicKey(file)) ?? made.public.trim() };
  },

  async read({ state, diagnostics }) {
    const present = await publicKey(keyPath(state.path));
    if (present === undefined) {
      // Nothing replaces a lost key behind the user's back: the hosts trust it. On another machine the file has to be brought along.
      diagnostics.warning(
        'The private key file is not on this machine',
        `${keyPath(state.path)} is missing. Copy it here to reach the hosts, or destroy this resource to make a new key.`,
        ['path'],
      );
      return state;
    }
    return { ...state, public_key: present };
  },

  async update({ prior }) {
    return prior;
  },

  async delete({ prior, private: cursor }) {
    // A key that was there before us is the user's own.
    const { made } = (cursor.get() ?? {}) as { made?: boolean };
    if (made) await rm(keyPath(prior.path), { force: true });
  },

  async import(id): Promise<Partial<State<Attributes>>> {
    const present = await publicKey(keyPath(id));
    if (!present) throw new Error(`there is no private key file ${keyPath(id)}`);
    return { path: id, public_key: present };
  },
};

/** The public half of a private key file, as a line of authorized_keys; undefined where there is no file. */
async function publicKey(file: string): Promise<string | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`the private key ${file} cannot be read: ${error.message}`);
  });
  if (text === undefined) return undefined;
  const key = utils.parseKey(text);
  if (key instanceof Error) throw new Error(`${file} is no usable private key: ${key.message}`);
  return `${key.type} ${key.getPublicSSH().toString('base64')} orlop`;
}
