import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTokenKey } from '../../runtime/apiserver/auth/tokens/keys';
import { tokenKeys } from '../../runtime/cli/server-files';

test('the key of service-account tokens is made once, and a newer one put beside it signs from then on', () => {
  const folder = mkdtempSync(join(tmpdir(), 'orlop-'));
  const [first, ...none] = tokenKeys(folder);
  expect(none).toEqual([]);
  expect(tokenKeys(folder)).toEqual([first]);
  expect(statSync(join(folder, 'pki/service-account/0001.key')).mode & 0o777).toBe(0o600);
  const newer = createTokenKey();
  writeFileSync(join(folder, 'pki/service-account/0002.key'), newer);
  expect(tokenKeys(folder)).toEqual([newer, first]);
  rmSync(folder, { recursive: true });
});
