import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeUpstreams } from '../../runtime/network/dns/node-upstreams';
import { FakeClock } from '../../runtime/util/fake-clock';

test('follows the file, not more often than every 5 s, never asks itself, and survives the file going away', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'orlop-upstreams-'));
  const file = join(folder, 'resolv.conf');
  const clock = new FakeClock();
  writeFileSync(file, 'nameserver 192.0.2.1\nnameserver 10.43.0.10\n');
  const upstreams = nodeUpstreams(clock, ['10.43.0.10'], file);
  expect(upstreams()).toEqual(['192.0.2.1']);
  writeFileSync(file, 'nameserver 192.0.2.2\n');
  expect(upstreams()).toEqual(['192.0.2.1']);
  await clock.advance(5_000);
  expect(upstreams()).toEqual(['192.0.2.2']);
  rmSync(folder, { recursive: true });
  await clock.advance(5_000);
  expect(upstreams()).toEqual(['192.0.2.2']);
});
