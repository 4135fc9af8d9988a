import { z } from 'zod';
import { propose, replacingPaths } from '../../../runtime/terraform/protocol/propose';
import { type ObjectValue, Unknown } from '../../../runtime/terraform/protocol/value';
import { blockOf } from '../../../runtime/terraform/protocol/zod-block';

const part = z.strictObject({
  name: z.string(),
  port: z.int().optional().meta({ computed: true }),
  proto: z.string().default('tcp'),
});
const block = blockOf(
  z.strictObject({
    path: z.string().meta({ forceNew: true }),
    size: z.int().meta({ computed: true }),
    key: z.string().optional().meta({ writeOnly: true }),
    parts: z.array(part).optional().meta({ block: 'set', forceNew: true }),
    steps: z.array(part).optional().meta({ block: 'list' }),
  }),
);
const config = (given: Partial<ObjectValue>): ObjectValue => ({
  path: '/a',
  size: null,
  key: null,
  parts: [],
  steps: [],
  ...(given as ObjectValue),
});

test('what is computed is unknown on create, and defaults stand at any depth', () => {
  const wanted = config({ key: 'secret', parts: [{ name: 'x', port: null, proto: null }] });
  expect(propose(block, wanted, null)).toEqual({
    path: '/a',
    size: Unknown,
    key: null,
    parts: [{ name: 'x', port: Unknown, proto: 'tcp' }],
    steps: [],
  });
});

test('an update keeps what was computed, also for the elements of a set in another order', () => {
  const prior = config({
    size: 3,
    parts: [
      { name: 'x', port: 1, proto: 'tcp' },
      { name: 'y', port: 2, proto: 'tcp' },
    ],
    steps: [{ name: 's', port: 7, proto: 'udp' }],
  });
  const wanted = config({
    parts: ['y', 'z'].map((name) => ({ name, port: null, proto: null })),
    steps: [{ name: 's', port: null, proto: null }],
  });
  expect(propose(block, wanted, prior)).toMatchObject({
    size: 3,
    parts: [
      { name: 'y', port: 2 },
      { name: 'z', port: Unknown },
    ],
    // Taking a configured value away brings the default back.
    steps: [{ name: 's', port: 7, proto: 'tcp' }],
  });
});

test('an unknown list of blocks stays unknown', () => {
  expect(propose(block, config({ steps: Unknown }), null).steps).toBe(Unknown);
});

test('a forceNew property replaces when it changes or may change', () => {
  const prior = config({ size: 1, parts: [{ name: 'x', port: 1, proto: 'tcp' }] });
  const paths = (planned: ObjectValue, wanted = planned) => replacingPaths(block, prior, planned, wanted);
  expect(paths({ ...prior, size: 2 })).toEqual([]);
  expect(paths({ ...prior, path: '/b' })).toEqual([['path']]);
  expect(paths({ ...prior, path: Unknown })).toEqual([['path']]);
  expect(paths({ ...prior, parts: [{ name: 'y', port: 1, proto: 'tcp' }] })).toEqual([['parts']]);
});

test('a computed value that is to be found out again replaces nothing', () => {
  const prior = config({ size: 1, parts: [{ name: 'x', port: 1, proto: 'tcp' }] });
  const planned: ObjectValue = { ...prior, parts: [{ name: 'x', port: Unknown, proto: 'tcp' }] };
  const unconfigured = { ...prior, parts: [{ name: 'x', port: null, proto: null }] };
  expect(replacingPaths(block, prior, planned, unconfigured)).toEqual([]);
  expect(replacingPaths(block, prior, planned, planned)).toEqual([['parts']]);
});
