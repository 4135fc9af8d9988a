import type { Event } from '../../../../runtime/kube/generated/types';
import { eventKind } from '../../../../runtime/kube/kinds/core/event';
import { minimal, testCreates } from '../fixtures';

const now = Date.parse('2026-01-31T13:00:00Z');

describe('Event', () => {
  const about = (involvedObject: object) => (event: Event) => void Object.assign(event, { involvedObject });
  testCreates(minimal.event, [
    [
      'about another namespace',
      about({ namespace: 'x' }),
      'involvedObject.namespace: Invalid value: "x": does not match event.namespace',
    ],
    ['about the cluster, in default, passes', about({ kind: 'Node', name: 'n1' })],
    [
      'about the cluster, at a time, in kube-system, passes',
      (e) => {
        const at = { eventTime: '2026-01-01T00:00:00.000000Z', reportingComponent: 'a/b', reportingInstance: 'i' };
        Object.assign(e, at, { action: 'a', reason: 'r', type: 'Normal', involvedObject: { kind: 'Node' } });
        e.metadata.namespace = 'kube-system';
      },
    ],
    [
      'about the cluster, elsewhere',
      (e) => {
        e.metadata.namespace = 'x';
        e.involvedObject = { kind: 'Node' };
      },
      'involvedObject.namespace: Invalid value: "": does not match event.namespace',
    ],
  ]);

  test('row', () => {
    const event: Event = {
      ...minimal.event(),
      type: 'Warning',
      reason: 'BackOff',
      message: ' again \n',
      count: 3,
      source: { component: 'orlop-agent', host: 'n1' },
      firstTimestamp: '2026-01-31T12:00:00Z',
      lastTimestamp: '2026-01-31T12:59:00Z',
    };
    const cells = eventKind.columns.map((column) => column.cell(event, now));
    expect(cells).toEqual(['60s', 'Warning', 'BackOff', 'pod/web', '', 'orlop-agent, n1', 'again', '60m', 3, 'web.1']);
  });
});
