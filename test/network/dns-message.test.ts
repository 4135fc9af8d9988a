import fc from 'fast-check';
import {
  type Answer,
  type DnsRecord,
  MalformedMessage,
  rcodes,
  readQuery,
  types,
  writeAnswer,
} from '../../runtime/network/dns/message';
import { queryFor, readMessage } from './dns-client';

const empty: Answer = { rcode: rcodes.NoError, authoritative: true, answers: [], authority: [], additional: [] };
const address = (name: string, last: number): DnsRecord => ({
  name,
  ttl: 5,
  data: { type: types.A, address: `10.0.0.${last}` },
});

test('reads what was asked, with the sizes that the client takes', () => {
  const query = readQuery(queryFor('Web.Default.svc.cluster.local', { type: 'SRV', edns: 4096, id: 7 }));
  expect(query).toMatchObject({
    id: 7,
    opcode: 0,
    recursionDesired: true,
    edns: true,
    udpSize: 4096,
    question: { name: 'Web.Default.svc.cluster.local', type: types.SRV, class: 1 },
  });
  expect(readQuery(queryFor('a', { edns: 100 })).udpSize).toBe(512);
  expect(readQuery(queryFor('')).question.name).toBe('');
});

const header = (questions: number) => [0, 9, 1, 0, 0, questions, 0, 0, 0, 0, 0, 0];
test.each<[string, Buffer, number | undefined]>([
  ['too short for a header', Buffer.from([0, 1, 2]), undefined],
  ['an answer', Buffer.from([0, 9, 0x81, ...header(1).slice(3)]), undefined],
  ['no question', Buffer.from(header(0)), 9],
  ['two questions', Buffer.from(header(2)), 9],
  ['a name that ends early', Buffer.from([...header(1), 5, 97]), 9],
  ['a pointer to itself', Buffer.from([...header(1), 0xc0, 12, 0, 1, 0, 1]), 9],
  ['a name without end', Buffer.from([...header(1), ...Array<number>(300).fill(1)]), 9],
  ['no type', Buffer.from([...header(1), 0]), 9],
])('refuses %s', (_, message, id) => {
  expect(() => readQuery(message)).toThrow(MalformedMessage);
  try {
    readQuery(message);
  } catch (error) {
    expect((error as MalformedMessage).id).toBe(id);
  }
});

test('any bytes are a query or malformed, nothing else, and quickly', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
      try {
        readQuery(Buffer.from(bytes));
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
  // Valid but for some bytes: deeper into the reader than noise gets.
  const valid = queryFor('web.default.svc.cluster.local', { edns: 1232 });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 }), (changes) => {
      const message = Buffer.from(valid);
      for (const [at, value] of changes) message[at] = value;
      try {
        const query = readQuery(message);
        readMessage(writeAnswer(query, empty, 512));
      } catch (error) {
        if (!(error instanceof MalformedMessage)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});

test('writes every kind of record so that another reader understands it', () => {
  const query = readQuery(queryFor('x.cluster.local', { edns: 1232 }));
  const name = 'x.cluster.local';
  const message = writeAnswer(
    query,
    {
      ...empty,
      answers: [
        address(name, 1),
        { name, ttl: 5, data: { type: types.CNAME, target: 'www.example.org' } },
        { name, ttl: 5, data: { type: types.SRV, priority: 0, weight: 100, port: 80, target: 'a.x.cluster.local' } },
        { name, ttl: 5, data: { type: types.TXT, text: '1.1.0' } },
        { name, ttl: 5, data: { type: types.PTR, target: 'b.x.cluster.local' } },
      ],
      authority: [
        {
          name: 'cluster.local',
          ttl: 5,
          data: { type: types.SOA, primary: 'ns.dns.cluster.local', mailbox: 'h.cluster.local', serial: 1, minimum: 5 },
        },
      ],
      additional: [address('a.x.cluster.local', 2)],
    },
    1232,
  );
  expect(readMessage(message)).toEqual({
    id: 4711,
    rcode: 0,
    truncated: false,
    authoritative: true,
    recursionAvailable: true,
    question: { name: 'x.cluster.local', type: 1 },
    answers: [
      'x.cluster.local A 10.0.0.1',
      'x.cluster.local CNAME www.example.org',
      'x.cluster.local SRV 0 100 80 a.x.cluster.local',
      'x.cluster.local TXT 1.1.0',
      'x.cluster.local PTR b.x.cluster.local',
    ],
    authority: ['cluster.local SOA ns.dns.cluster.local h.cluster.local'],
    additional: ['a.x.cluster.local A 10.0.0.2'],
    edns: 1232,
  });
});

test('keeps the case of the question, byte for byte', () => {
  const asked = queryFor('wEb.Cluster.LOCAL');
  const message = writeAnswer(readQuery(asked), { ...empty, answers: [address('wEb.Cluster.LOCAL', 1)] }, 512);
  expect(message.subarray(12, asked.length)).toEqual(asked.subarray(12));
});

test('never exceeds the limit: what does not fit is left out and said so', () => {
  fc.assert(
    fc.property(
      fc.nat(200),
      fc.integer({ min: 512, max: 4000 }),
      fc.boolean(),
      fc.constantFrom('answers' as const, 'additional' as const),
      (count, limit, edns, section) => {
        const query = readQuery(queryFor('web.default.svc.cluster.local', { edns: edns ? 4096 : undefined }));
        const records = Array.from({ length: count }, (_, i) => address(`${i}.web.default.svc.cluster.local`, i));
        const message = writeAnswer(query, { ...empty, [section]: records }, limit);
        expect(message.length).toBeLessThanOrEqual(limit);
        const read = readMessage(message);
        expect(read.truncated).toBe(section === 'answers' && read.answers.length < count);
        expect(read.edns !== undefined).toBe(edns);
      },
    ),
    { numRuns: 100 },
  );
});
