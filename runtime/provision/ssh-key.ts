import { utils } from 'ssh2';

const attempts = 20;

/**
 * An ed25519 key pair in OpenSSH's form. ssh2 writes about one of 256 such keys a byte too short, and then refuses to read
 * it itself: another is made instead.
 *
 * @throws Error when not one of many can be read
 */
export function makeSshKeyPair(comment = 'orlop'): { private: string; public: string } {
  for (let attempt = 0; attempt < attempts; attempt++) {
    const made = utils.generateKeyPairSync('ed25519', { comment });
    if (!(utils.parseKey(made.private) instanceof Error)) return made;
  }
  throw new Error(`no readable SSH key was made in ${attempts} attempts`);
}
