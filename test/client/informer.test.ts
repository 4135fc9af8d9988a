import { UnreachableError } from '../../runtime/client/client';
import { FakeApiClient } from '../../runtime/client/fake-client';
import { Informer } from '../../runtime/client/informer';
import type { ConfigMap } from '../../runtime/kube/generated/types';
import { configMaps } from '../../runtime/kube/resource';
import { FakeClock } from '../../runtime/util/fake-clock';
import { silentLogger } from '../../runtime/util/logger';

const map = (name: string, value = '1'): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'n' },
  data: { value },
});

function setUp() {
  const clock = new FakeClock();
  const client = new FakeApiClient(clock);
  const told: string[] = [];
  const informer = new Informer({ client, resource: configMaps, clock, random: () => 0, logger: silentLogger });
  informer.addHandler({
    onAdd: (object) => told.push(`add ${object.metadata.name}`),
    onUpdate: (object, old) => told.push(`update ${object.metadata.name} ${old.data?.value}→${object.data?.value}`),
    onDelete: (object) => told.push(`delete ${object.metadata.name}`),
  });
  const abort = new AbortController();
  return { clock, client, informer, told, abort };
}

test('tells of the list, then of every change', async () => {
  const { clock, client, informer, told, abort } = setUp();
  client.seed(configMaps, map('a'));
  void informer.run(abort.signal);
  expect(informer.hasSynced).toBe(false);
  await expect(informer.waitForSync()).resolves.toBe(true);
  await client.create(configMaps, map('b'));
  await client.update(configMaps, map('a', '2'));
  await client.delete(configMaps, { namespace: 'n', name: 'b' });
  await clock.advance(0);
  expect(told).toEqual(['add a', 'add b', 'update a 1→2', 'delete b']);
  expect(informer.cache.keys()).toEqual(['n/a']);
  abort.abort();
  await informer.run(abort.signal);
});

test('lists again after 410, telling of what vanished and what was made anew', async () => {
  const { clock, client, informer, told, abort } = setUp();
  for (const name of ['kept', 'gone', 'remade']) client.seed(configMaps, map(name));
  void informer.run(abort.signal);
  await clock.advance(0);
  told.length = 0;
  let broken = true;
  client.intercept = (verb) => {
    if (broken && verb === 'watch') throw new UnreachableError('cut');
  };
  client.compact();
  await client.create(configMaps, map('new'));
  await client.delete(configMaps, { namespace: 'n', name: 'gone' });
  await client.delete(configMaps, { namespace: 'n', name: 'remade' });
  await client.create(configMaps, map('remade'));
  client.compact();
  await clock.advance(0);
  broken = false;
  await clock.advance(60_000);
  expect(told.sort()).toEqual(['add new', 'add remade', 'delete gone', 'delete remade']);
  abort.abort();
});

test('waits longer with each failure, and never gives up', async () => {
  const { clock, client, informer, abort } = setUp();
  let asked = 0;
  client.intercept = () => {
    asked++;
    throw new UnreachableError('down');
  };
  void informer.run(abort.signal);
  await clock.advance(1_000);
  const early = asked;
  expect(early).toBeGreaterThan(3);
  await clock.advance(60_000);
  expect(asked - early).toBeLessThan(100);
  client.intercept = undefined;
  await clock.advance(2_000);
  expect(informer.hasSynced).toBe(true);
  abort.abort();
});

test('of failures in a row only the first is worth a warning, until one is another', async () => {
  const clock = new FakeClock();
  const client = new FakeApiClient(clock);
  const warned: unknown[] = [];
  const logger = { ...silentLogger, warn: (fields: object) => void warned.push((fields as { error: string }).error) };
  const informer = new Informer({ client, resource: configMaps, clock, random: () => 0, logger });
  const abort = new AbortController();
  let why = 'down';
  client.intercept = () => {
    throw new UnreachableError(why);
  };
  void informer.run(abort.signal);
  await clock.advance(20_000);
  why = 'refused';
  await clock.advance(20_000);
  expect(warned).toEqual(['down', 'refused']);
  abort.abort();
});

test('finds by index, also one declared late', async () => {
  const { clock, client, informer, abort } = setUp();
  client.seed(configMaps, map('a', 'x'));
  client.seed(configMaps, map('b', 'y'));
  void informer.run(abort.signal);
  await clock.advance(0);
  informer.addIndex('value', (object) => [object.data?.value ?? '']);
  const names = (value: string) => informer.cache.byIndex('value', value).map((object) => object.metadata.name);
  expect(names('x')).toEqual(['a']);
  await client.update(configMaps, map('a', 'y'));
  await clock.advance(0);
  expect(names('x')).toEqual([]);
  expect(names('y').sort()).toEqual(['a', 'b']);
  abort.abort();
});

test('a handler that throws does not stop the others', async () => {
  const { clock, client, informer, told, abort } = setUp();
  informer.addHandler({
    onAdd: () => {
      throw new Error('bug');
    },
  });
  informer.addHandler({ onAdd: (object) => told.push(`second ${object.metadata.name}`) });
  client.seed(configMaps, map('a'));
  void informer.run(abort.signal);
  await clock.advance(0);
  expect(told).toEqual(['add a', 'second a']);
  abort.abort();
});
