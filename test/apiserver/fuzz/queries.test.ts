import fc from 'fast-check';
import { parseFieldSelector, parseLabelSelector } from '../../../runtime/kube/selector';
import { cms, configMap, pod, podsPath } from '../harness';
import { FuzzedServer, inUrl, runs } from './support';

let fuzzed: FuzzedServer;
let token: string;

beforeAll(async () => {
  fuzzed = await FuzzedServer.start();
  for (const name of ['a', 'b', 'c']) await fuzzed.server.post(cms, configMap(name));
  await fuzzed.server.post(podsPath, pod('p'));
  token = (await fuzzed.server.get(`${cms}?limit=1`)).json.metadata.continue;
});
afterAll(() => fuzzed.stop());

const survives = <T>(arbitrary: fc.Arbitrary<T>, path: (value: T) => string, method = 'GET') =>
  fc.assert(
    fc.asyncProperty(arbitrary, async (value) => {
      await fuzzed.survives({ method, path: path(value) });
    }),
    { numRuns: runs },
  );

const pieces = (...words: string[]) =>
  fc
    .array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 })), { maxLength: 10 })
    .map((all) => all.join(''));

it('label selectors', () =>
  survives(
    pieces('app', 'a/b', '=', '==', '!=', '!', ' in ', ' notin ', '(', ')', ',', '>', '<', ' ', '9'),
    (selector) => `${cms}?labelSelector=${inUrl(selector)}`,
  ));

it('field selectors', () =>
  survives(
    pieces('metadata.name', 'metadata.namespace', '=', '!=', ',', '\\', '\\,', '__proto__', 'constructor'),
    (selector) => `${cms}?fieldSelector=${inUrl(selector)}`,
  ));

it('selectors of a mebibyte cost no more than they are long', () => {
  const attempt = (parse: (text: string) => unknown, text: string) => {
    try {
      parse(text);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  };
  for (const unit of ['a,', '!', '(', 'a in (b,', ' ', 'a=', 'a-', 'a.b/c=d,', '\\']) {
    const text = unit.repeat(1024 * 1024);
    attempt(parseLabelSelector, text);
    attempt(parseFieldSelector, text);
  }
});

it('continue tokens', () => {
  const spoiled = fc.oneof(
    fc.base64String(),
    fc.string(),
    fc.json().map((text) => Buffer.from(text).toString('base64url')),
    fc
      .record({
        v: fc.constantFrom(0, 1, '1'),
        rv: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(null, 1e300, -1, '7')),
        k: fc.oneof(fc.string(), fc.constantFrom('../secrets/', '\u0000', '\uffff', 7, null)),
      })
      .map((value) => Buffer.from(JSON.stringify(value)).toString('base64url')),
    fc.nat({ max: 60 }).map((at) => token.slice(0, at) + token.slice(at + 1)),
  );
  return survives(spoiled, (text) => `${cms}?limit=1&continue=${inUrl(text)}`);
});

it('a token leads to nothing but what its list has', async () => {
  await fuzzed.server.post('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } });
  await fuzzed.server.post('/api/v1/namespaces/other/configmaps', configMap('theirs'));
  for (const k of ['../other/', '/other/', '\u0000', '']) {
    const forged = Buffer.from(JSON.stringify({ v: 1, rv: 0, k })).toString('base64url');
    const { json } = await fuzzed.send({ method: 'GET', path: `${cms}?continue=${forged}` });
    expect(
      (json.items ?? []).map(({ metadata }: { metadata: { namespace: string } }) => metadata.namespace),
    ).not.toContain('other');
  }
});

const option = fc.record({
  name: fc.constantFrom(
    ...['limit', 'resourceVersion', 'resourceVersionMatch', 'timeout', 'timeoutSeconds', 'dryRun', 'fieldManager'],
    ...['fieldValidation', 'force', 'pretty', 'includeObject', 'propagationPolicy', 'gracePeriodSeconds', 'hash'],
    ...['sendInitialEvents', 'allowWatchBookmarks', '__proto__', 'continue'],
  ),
  value: fc.oneof(
    fc.constantFrom(
      '',
      '0',
      '1',
      '-1',
      'true',
      'All',
      'Exact',
      'NotOlderThan',
      '99999999999999999999',
      '1e9',
      'NaN',
      '0x1',
    ),
    fc.string(),
  ),
});
const query = fc
  .array(option, { maxLength: 5 })
  .map((all) => all.map(({ name, value }) => `${name}=${inUrl(value)}`).join('&'));

// An unknown version in the far future is waited for by the server's clock, which stands still here.
const patient = (text: string) => !/resourceVersion=\d*[1-9]/.test(text);

it('options of reads', () => survives(query.filter(patient), (text) => `${cms}?${text}`));
it('options of deletes', () => survives(query.filter(patient), (text) => `${cms}/none?${text}`, 'DELETE'));
it('options of logs', () =>
  survives(
    fc.array(fc.tuple(fc.constantFrom('container', 'follow', 'tailLines', 'sinceTime', 'limitBytes'), fc.string()), {
      maxLength: 4,
    }),
    (all) => `${podsPath}/p/log?${all.map(([name, value]) => `${name}=${inUrl(value)}`).join('&')}`,
  ));

it('paths', () =>
  survives(
    pieces(
      '/api',
      '/apis',
      '/v1',
      '/namespaces',
      '/default',
      '/pods',
      '/p',
      '/',
      '..',
      '.',
      '%2e',
      '%2f',
      '%00',
      '%',
      '?',
      '//',
      '/status',
      '/exec',
      '/log',
    ),
    (text) => `/${encodeURI(Buffer.from(text).toString()).replaceAll('%25', '%')}`.replaceAll('#', ''),
  ));

it('headers that choose the form of the answer', () =>
  fc.assert(
    fc.asyncProperty(
      pieces('application/json', ';', 'as=Table', 'v=v1', 'g=meta.k8s.io', ',', 'q=0.9', '*/*', 'as=__proto__'),
      async (accept) => {
        const header = accept.replace(/[^\x20-\x7e]/g, '');
        const { status } = await fuzzed.server.get(cms, { headers: { accept: header } });
        expect([200, 406]).toContain(status);
      },
    ),
    { numRuns: Math.ceil(runs / 5) },
  ));
