import { type Logger, silentLogger } from '../../../runtime/util/logger';
import { cms, configMap, TestServer } from '../harness';

/** CVE-2019-11250, CVE-2020-8564, CVE-2020-8565: what must not be read is in no log, whatever goes wrong with it. */
const canary = 'canary-5f3759df';
const encoded = Buffer.from(canary).toString('base64');
const secrets = '/api/v1/namespaces/default/secrets';

let server: TestServer;
let written: string[];

beforeEach(async () => {
  written = [];
  const write = (fields: object, message: string) => written.push(JSON.stringify(fields), message);
  const logger: Logger = { ...silentLogger, debug: write, info: write, warn: write, error: write, child: () => logger };
  server = await TestServer.start({ logger, audit: { sink: { write: (line) => written.push(line) } } });
});
afterEach(() => server.stop());

const secret = (more: object) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, ...more });

it('a value of a Secret, be it well-formed or not', async () => {
  const answers = [
    await server.post(secrets, secret({ stringData: { a: canary } })),
    await server.post(secrets, secret({ data: { a: encoded } })),
    await server.post(secrets, secret({ data: { a: canary } })),
    await server.post(secrets, secret({ data: canary })),
    await server.post(secrets, secret({ type: 'kubernetes.io/tls', stringData: { 'tls.crt': canary } })),
    await server.post(
      secrets,
      secret({ type: 'kubernetes.io/dockerconfigjson', stringData: { '.dockerconfigjson': canary } }),
    ),
    await server.post(secrets, `{"data":{"a":"${canary}"`),
    await server.patch(`${secrets}/a`, 'json', [{ op: 'test', path: '/data/a', value: canary }]),
    await server.patch(`${secrets}/a`, 'merge', { stringData: { a: `${canary}2` } }),
    await server.delete(`${secrets}/a`),
  ];
  expect(answers.map(({ status }) => status)).toContain(422);
  expect(written.length).toBeGreaterThan(0);
  expect(written.filter((line) => line.includes(canary) || line.includes(encoded))).toEqual([]);
});

it('a token that somebody shows', async () => {
  const headers = { authorization: `Bearer ${canary}` };
  for (const as of ['nobody', undefined] as const) await server.get(cms, { as, headers });
  await server.post('/join', { node: 'a' }, { as: 'nobody', headers });
  await server.get(cms, { headers: { cookie: canary } });
  expect(written.filter((line) => line.includes(canary))).toEqual([]);
});

it('an error of our own tells a client nothing of what is inside', async () => {
  await server.post(cms, configMap('a'));
  const { get } = server.store;
  // A store that breaks: its words are for the log alone.
  server.store.put = () => Promise.reject(new Error(`disk of ${canary}`));
  const answer = await server.post(cms, configMap('b'));
  expect(answer).toMatchObject({ status: 500, json: { kind: 'Status', reason: 'InternalError' } });
  expect(answer.text).not.toContain(canary);
  expect(server.store.get).toBe(get);
});
