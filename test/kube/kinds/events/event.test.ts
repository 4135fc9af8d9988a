import type { EventsV1Event } from '../../../../runtime/kube/generated/types';
import { groupEventKind } from '../../../../runtime/kube/kinds/events/event';
import type { AnyObject } from '../../../../runtime/kube/object';
import { minimal, row, testCreates, testUpdates } from '../fixtures';

const set = (values: Partial<EventsV1Event>) => (event: EventsV1Event) => void Object.assign(event, values);
const { storage } = groupEventKind;

test('it is kept as core has it, and comes back the same', () => {
  const event = {
    ...minimal.groupEvent(),
    note: 'seen',
    deprecatedCount: 3,
    series: { count: 2, lastObservedTime: '' },
  };
  const stored = storage?.write(event as unknown as AnyObject);
  expect(stored).toMatchObject({
    apiVersion: 'v1',
    reportingComponent: 'example.com/robot',
    involvedObject: event.regarding,
    message: 'seen',
    count: 3,
    series: { count: 2 },
  });
  expect(stored).not.toHaveProperty('note');
  expect(storage?.read(stored as AnyObject)).toEqual(event);
});

testCreates(minimal.groupEvent, [
  [
    'says nothing',
    set({ eventTime: undefined, reportingController: '', reportingInstance: '', action: '', reason: '', type: '' }),
    'eventTime: Required value',
    'reportingController: Required value',
    'reportingInstance: Required value',
    'action: Required value',
    'reason: Required value',
    'type: Invalid value: "": has invalid value: ',
  ],
  [
    'says too much',
    set({ reason: 'r'.repeat(129), note: 'n'.repeat(1025) }),
    'reason: Invalid value: "": can have at most 128 characters',
    'message: Invalid value: "": can have at most 1024 characters',
  ],
  [
    'once is no series',
    set({ series: { count: 1, lastObservedTime: undefined as never } }),
    'series.count: Invalid value: "": should be at least 2',
    'series.lastObservedTime: Required value',
  ],
  ['about another namespace passes', set({ regarding: { kind: 'Pod', name: 'a', namespace: 'other' } })],
  [
    'about the cluster, elsewhere',
    (event) => {
      event.metadata.namespace = 'x';
      event.regarding = { kind: 'Node' };
    },
    'involvedObject.namespace: Invalid value: "": does not match event.namespace',
  ],
]);

testUpdates(minimal.groupEvent, [
  ['may be seen again', set({ series: { count: 2, lastObservedTime: '2026-01-01T00:00:01.000000Z' } })],
  ['may not become another', set({ reason: 'Other' }), 'reason: Invalid value: "Other": field is immutable'],
]);

test('row', () => {
  const now = Date.parse('2026-01-01T00:01:00Z');
  const cells = row({ ...minimal.groupEvent(), note: 'seen' } as EventsV1Event, now);
  expect(cells.slice(0, 4)).toEqual(['60s', 'Normal', 'Looked', 'pod/web']);
  expect(cells[6]).toBe('seen');
});
