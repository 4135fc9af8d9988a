import { utils } from 'ssh2';
import { makeSshKeyPair } from '../../runtime/provision/ssh-key';

test('every key that is made can be read again', () => {
  // One in 256 of the library's own cannot.
  for (let i = 0; i < 1500; i++) expect(utils.parseKey(makeSshKeyPair().private)).not.toBeInstanceOf(Error);
});
