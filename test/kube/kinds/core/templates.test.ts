import type { Endpoints, PodTemplate, ReplicationController } from '../../../../runtime/kube/generated/types';
import { created, kindOf, minimal, problems, rowOf, testCreates, updated } from '../fixtures';

describe('PodTemplate', () => {
  const image = (name: string) => (object: PodTemplate) =>
    void Object.assign(object.template?.spec?.containers[0] ?? {}, { image: name });

  testCreates(minimal.podTemplate, [
    ['no template', (object) => void delete object.template, 'template: Required value'],
    ['no image', image(''), 'template.spec.containers[0].image: Required value'],
  ]);

  test('counts its changes', () => {
    const old = created(minimal.podTemplate());
    expect(old.metadata.generation).toBe(1);
    expect(updated(old, image('nginx:1.28')).metadata.generation).toBe(2);
    expect(updated(old, ({ metadata }) => Object.assign(metadata, { labels: { a: 'b' } })).metadata.generation).toBe(1);
  });

  test('row', () => {
    expect(rowOf(created(minimal.podTemplate()))).toEqual(['web', 'app', 'nginx:1.27', 'app=web']);
  });
});

describe('ReplicationController', () => {
  const set = (values: object) => (controller: ReplicationController) =>
    void Object.assign(controller.spec ?? {}, values);

  test('takes selector and labels from its template', () => {
    expect(created(minimal.replicationController())).toMatchObject({
      metadata: { generation: 1, labels: { app: 'web' } },
      spec: { replicas: 1, selector: { app: 'web' } },
      status: { replicas: 0 },
    });
  });

  testCreates(minimal.replicationController, [
    [
      'selects other pods',
      set({ selector: { app: 'other' } }),
      'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ],
    [
      'selects nothing',
      (controller) => void Object.assign(controller.spec?.template ?? {}, { metadata: {} }),
      'spec.selector: Required value',
    ],
    ['negative', set({ replicas: -1 }), 'spec.replicas: Invalid value: -1: must be greater than or equal to 0'],
  ]);

  test('status counts are checked', () => {
    const write = () =>
      updated(
        created(minimal.replicationController()),
        (controller) => Object.assign(controller, { status: { replicas: 1, availableReplicas: 2, readyReplicas: 1 } }),
        { subresource: 'status' },
      );
    expect(problems(write)).toEqual([
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.replicas',
      'status.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas',
    ]);
  });

  test('row', () => {
    const row = ['web', 1, 0, 0, '<unknown>', 'app', 'nginx:1.27', 'app=web'];
    expect(rowOf(created(minimal.replicationController()))).toEqual(row);
  });
});

describe('Endpoints', () => {
  const subset = (values: object) => (endpoints: Endpoints) => void Object.assign(endpoints, { subsets: [values] });
  const at = 'subsets[0]';

  testCreates(minimal.endpoints, [
    ['nothing in it', subset({}), `${at}: Required value: must specify \`addresses\` or \`notReadyAddresses\``],
    [
      'its own host',
      subset({ addresses: [{ ip: '127.0.0.1' }] }),
      `${at}.addresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)`,
    ],
    [
      'one port whose name is empty passes',
      subset({ addresses: [{ ip: '10.0.0.1' }], ports: [{ name: '', port: 80 }] }),
    ],
    [
      'two ports without names',
      subset({ addresses: [{ ip: '10.0.0.1' }], ports: [{ port: 80 }, { port: 81, name: 'b' }] }),
      `${at}.ports[0].name: Required value`,
    ],
  ]);

  test('are deprecated, and say so', () => {
    expect(kindOf(minimal.endpoints()).warnings?.(minimal.endpoints() as never)).toEqual([
      'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    ]);
  });

  test('row', () => {
    const endpoints = created(minimal.endpoints());
    expect(rowOf(endpoints)).toEqual(['web', '10.42.0.7:80', '<unknown>']);
    subset({ addresses: ['1', '2', '3', '4'].map((n) => ({ ip: `10.0.0.${n}` })), ports: [{ port: 80 }] })(endpoints);
    expect(rowOf(endpoints)[1]).toBe('10.0.0.1:80,10.0.0.2:80,10.0.0.3:80 + 1 more...');
  });
});
