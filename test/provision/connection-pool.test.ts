import { type Connection, ConnectionError, type HostAddress } from '../../runtime/provision/connection';
import { ConnectionPool } from '../../runtime/provision/connection-pool';
import { LocalConnection } from '../../runtime/provision/local-connection';
import { FakeClock } from '../../runtime/util/fake-clock';

const address: HostAddress = { host: 'h', port: 22, user: 'root', privateKey: 'k' };

/** Connects after `failures` refusals with this code. */
function hosts(failures: number, code: ConnectionError['code'] = 'unreachable') {
  const attempts: HostAddress[] = [];
  const connect = async (to: HostAddress): Promise<Connection> => {
    attempts.push(to);
    if (attempts.length <= failures) throw new ConnectionError(code, 'no');
    return new LocalConnection();
  };
  return { attempts, connect };
}

it('shares one connection among callers of one address', async () => {
  const { attempts, connect } = hosts(0);
  const pool = new ConnectionPool({ connect });
  const [a, b] = await Promise.all([pool.get(address), pool.get({ ...address })]);
  expect(a).toBe(b);
  expect(await pool.get(address)).toBe(a);
  expect(await pool.get({ ...address, port: 23 })).not.toBe(a);
  expect(attempts).toHaveLength(2);
});

it('opens a new one in place of a broken one', async () => {
  const broken = Object.assign(new LocalConnection(), { alive: true });
  const made: Connection[] = [broken, new LocalConnection()];
  const pool = new ConnectionPool({ connect: async () => made.shift() as Connection });
  const first = await pool.get(address);
  broken.alive = false;
  expect(await pool.get(address)).not.toBe(first);
});

it('tries a starting host again until its time is over', async () => {
  const clock = new FakeClock();
  const { attempts, connect } = hosts(3);
  const opening = new ConnectionPool({ clock, connect }).get(address, { retryForMs: 10_000 });
  await clock.advance(10_000);
  await expect(opening).resolves.toBeDefined();
  expect(attempts).toHaveLength(4);

  const never = hosts(Number.POSITIVE_INFINITY);
  const failing = new ConnectionPool({ clock, connect: never.connect }).get(address, { retryForMs: 10_000 });
  failing.catch(() => undefined);
  await clock.advance(10_000);
  await expect(failing).rejects.toMatchObject({ code: 'unreachable' });
  expect(never.attempts.length).toBeGreaterThan(3);
});

it('does not insist where the key is refused or the host is another', async () => {
  for (const code of ['auth-failed', 'host-key-mismatch'] as const) {
    const { attempts, connect } = hosts(1, code);
    await expect(new ConnectionPool({ connect }).get(address, { retryForMs: 60_000 })).rejects.toMatchObject({ code });
    expect(attempts).toHaveLength(1);
  }
});
