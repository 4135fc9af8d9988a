import { type ClientHttp2Session, connect } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { cms, configMap, type Identity, TestServer } from '../harness';

let server: TestServer;
const sessions: ClientHttp2Session[] = [];
const held: Array<{ abort(): void }> = [];

beforeEach(async () => {
  server = await TestServer.start({ seats: 10 });
});

afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  for (const each of held.splice(0)) each.abort();
  await server.stop();
});

const leases = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const group = 'flowcontrol.apiserver.k8s.io';

/** Puts a priority level and a schema for a group of users in place, as a client would. */
async function level(name: string, users: string, limited: object): Promise<void> {
  const apiVersion = `${group}/v1`;
  const put = (plural: string, object: object) =>
    server.store.put(`/registry/${group}/${plural}/${name}`, Buffer.from(JSON.stringify(object)), 0);
  await put('prioritylevelconfigurations', {
    apiVersion,
    kind: 'PriorityLevelConfiguration',
    metadata: { name, uid: `level-${name}` },
    spec: { type: 'Limited', limited },
  });
  const all = { verbs: ['*'], apiGroups: ['*'], resources: ['*'], clusterScope: true, namespaces: ['*'] };
  const subjects = [{ kind: 'Group', group: { name: users } }];
  await put('flowschemas', {
    apiVersion,
    kind: 'FlowSchema',
    metadata: { name, uid: `schema-${name}` },
    spec: {
      priorityLevelConfiguration: { name },
      matchingPrecedence: 100,
      distinguisherMethod: { type: 'ByUser' },
      rules: [{ subjects, resourceRules: [all], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }],
    },
  });
}

function session(as: Identity = server.admin): ClientHttp2Session {
  const opened = connect(`https://127.0.0.1:${server.port}`, server.tls({ as }));
  sessions.push(opened);
  return opened;
}

function ask(on: ClientHttp2Session, method: string, path: string, body?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const stream = on.request({ ':method': method, ':path': path, 'content-type': 'application/merge-patch+json' });
    let status = 0;
    stream.once('response', (headers) => {
      status = Number(headers[':status']);
    });
    stream
      .once('error', reject)
      .once('end', () => resolve(status))
      .resume()
      .end(body);
  });
}

/** A request that holds its seats: its body does not come. */
function hold(as: Identity, path = leases) {
  const headers = { 'content-type': 'application/json', 'content-length': '2' };
  const request = httpsRequest({
    ...{ host: '127.0.0.1', port: server.port, method: 'POST', path, headers, agent: false },
    ...server.tls({ as }),
  });
  const answered = new Promise<number | undefined>((resolve) => {
    request
      .once('response', (response) => resolve(response.resume().statusCode))
      .once('error', () => resolve(undefined));
  });
  request.flushHeaders();
  const holding = { answered, abort: () => request.destroy() };
  held.push(holding);
  return holding;
}

it('an answer says which schema and which level the request fell under', async () => {
  await level('nodes', 'system:nodes', { limitResponse: { type: 'Queue', queuing: {} } });
  const answer = await server.get('/api/v1/nodes', { as: await server.node('a') });
  expect(answer.headers).toMatchObject({
    'x-kubernetes-pf-flowschema-uid': 'schema-nodes',
    'x-kubernetes-pf-prioritylevel-uid': 'level-nodes',
  });
});

it('beyond the seats of a level without queues: 429, and when to come again', async () => {
  await level('nodes', 'system:nodes', { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } });
  const ann = await server.node('ann');
  const all = Array.from({ length: 12 }, () => hold(ann));
  // Whatever order they come in, those beyond the level's seats are refused at once.
  expect(await Promise.race(all.map(({ answered }) => answered))).toBe(429);
  const answer = await server.get('/version', { as: ann });
  expect(answer.status).toBe(429);
  expect(answer.headers['retry-after']).toBe('1');
  expect(answer.json).toMatchObject({
    kind: 'Status',
    reason: 'TooManyRequests',
    message: 'Too many requests, please try again later.',
    details: { retryAfterSeconds: 1 },
  });
  // Others have seats of their own, and administrators need none.
  expect((await server.get('/version', { as: await server.identity('bob', []) })).status).toBe(200);
  expect((await server.get(cms)).status).toBe(200);
});

it('who waits is answered when those before it are', async () => {
  await level('nodes', 'system:nodes', {
    nominalConcurrencyShares: 1,
    limitResponse: { type: 'Queue', queuing: { queues: 1, handSize: 1, queueLengthLimit: 10 } },
    borrowingLimitPercent: 0,
  });
  const ann = await server.node('ann');
  const all = Array.from({ length: 13 }, () => hold(ann));
  expect(await Promise.race(all.map(({ answered }) => answered))).toBe(429);
  const waits = server.get('/version', { as: ann });
  for (const each of all) each.abort();
  expect((await waits).status).toBe(200);
});

it("an administrator's client in a loop does not hold up a node's heartbeat", async () => {
  await server.post(cms, configMap('a'));
  const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'a' }, spec: {} };
  await server.post(leases, lease);
  const heart = session(await server.node('a'));
  const beat = (n: number) => ask(heart, 'PATCH', `${leases}/a`, `{"spec":{"leaseTransitions":${n}}}`);
  await beat(1);
  const loop = session();
  await ask(loop, 'GET', '/version');
  const flood = 1000;
  let answered = 0;
  const gets = Array.from({ length: flood }, () => ask(loop, 'GET', `${cms}/a`).then(() => answered++));
  const beats: number[] = [];
  for (let n = 2; answered < flood; n++) {
    expect(await beat(n)).toBe(200);
    beats.push(answered);
  }
  await Promise.all(gets);
  // Between two heartbeats only a small part of the others was answered.
  const gaps = beats.map((at, i) => at - (beats[i - 1] ?? 0));
  expect(Math.max(...gaps)).toBeLessThan(flood / 4);
});

describe('time', () => {
  it('a request whose body does not come is ended after a minute, and its seats are free again', async () => {
    const request = hold(server.admin);
    await server.get('/version');
    await server.clock.advance(59_000);
    await server.clock.advance(2_000);
    expect(await request.answered).toBe(504);
  });

  it('… earlier, where it asks for that', async () => {
    const request = hold(server.admin, `${cms}?timeout=1.5s`);
    await server.get('/version');
    await server.clock.advance(1_600);
    expect(await request.answered).toBe(504);
  });

  it('a timeout that is no duration is refused', async () => {
    const answer = await server.get(`${cms}?timeout=soon`);
    expect(answer.json).toMatchObject({ code: 400, message: expect.stringContaining('invalid duration "soon"') });
  });

  it('a watch lasts', async () => {
    const watch = await server.watch(`${cms}?watch=true&resourceVersion=0`);
    await server.clock.advance(120_000);
    await server.post(cms, configMap('late'));
    let event = await watch.next();
    while (event.object.metadata.name !== 'late') event = await watch.next();
    expect(event.type).toBe('ADDED');
    watch.close();
  });
});

it('a thousand watchers that come back at once all see what comes next, and leave their seats', async () => {
  const { json } = await server.get(cms);
  const { resourceVersion } = json.metadata;
  // As many connections as it takes with 100 requests on each.
  const watchers = Array.from({ length: 10 }, () => session());
  const seen = Array.from(
    { length: 1000 },
    (_, i) =>
      new Promise<void>((resolve, reject) => {
        const stream = (watchers[i % watchers.length] as ClientHttp2Session).request({
          ':path': `${cms}?watch=true&resourceVersion=${resourceVersion}`,
        });
        let text = '';
        stream.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
          if (text.includes('"name":"next"')) resolve();
        });
        stream.once('error', reject);
      }),
  );
  const others = session();
  expect(await ask(others, 'GET', cms)).toBe(200);
  await server.post(cms, configMap('next'));
  await Promise.all(seen);
});
