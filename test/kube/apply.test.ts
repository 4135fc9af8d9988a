import fc from 'fast-check';
import { apply, isNoOp, trackUpdate } from '../../runtime/kube/apply';
import type { AnyObject } from '../../runtime/kube/object';
import type { StructuralSchema } from '../../runtime/kube/schema';
import { schemaOf } from '../../runtime/kube/schemas';
import { isStatusError, type StatusError } from '../../runtime/kube/status-error';

const schema = schemaOf('apps/v1', 'Deployment') as StructuralSchema;
const t1 = '2026-01-01T00:00:01Z';
const t2 = '2026-01-01T00:00:02Z';

type Spec = Record<string, unknown>;
const deployment = (spec: Spec, metadata: Spec = {}): AnyObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', ...metadata },
  spec,
});
const container = (name: string, more: Spec = {}) => ({ name, ...more });
const pods = (...containers: Spec[]) => ({ template: { spec: { containers } } });

function applyAs(manager: string, applied: AnyObject, live?: AnyObject, more: { force?: boolean; now?: string } = {}) {
  return apply({ schema, live, applied, manager, now: t1, ...more });
}

function updateAs(manager: string, updated: AnyObject, live?: AnyObject, subresource = '', now = t1): AnyObject {
  const managedFields = trackUpdate({ schema, live, updated, manager, now, subresource });
  return { ...updated, metadata: { ...updated.metadata, managedFields } };
}

function owned(object: AnyObject, manager: string) {
  return object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;
}

function refusal(run: () => unknown): StatusError {
  try {
    run();
  } catch (error) {
    if (isStatusError(error)) return error;
    throw error;
  }
  throw new Error('accepted');
}

describe('apply', () => {
  test('what is stated is owned; identity is not', () => {
    const object = applyAs(
      'me',
      deployment({ replicas: 1, ...pods(container('a', { image: 'x' })) }, { labels: { l: '1' } }),
    );
    expect(object.metadata.managedFields).toEqual([
      {
        manager: 'me',
        operation: 'Apply',
        apiVersion: 'apps/v1',
        time: t1,
        fieldsType: 'FieldsV1',
        fieldsV1: {
          'f:metadata': { 'f:labels': { 'f:l': {} } },
          'f:spec': {
            'f:replicas': {},
            'f:template': {
              'f:spec': { 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
            },
          },
        },
      },
    ]);
  });

  test('the same again changes nothing, not even a time', () => {
    const stated = deployment({ replicas: 1, ...pods(container('a')) });
    const live = { ...applyAs('me', stated), status: { replicas: 1 } };
    expect(applyAs('me', stated, live, { now: t2 })).toEqual(live);
  });

  test('a new value is a new time; others’ fields and defaults stay', () => {
    const live = applyAs('me', deployment({ replicas: 1 }));
    const defaulted = { ...live, spec: { ...(live.spec as Spec), minReadySeconds: 5 } };
    const next = applyAs('me', deployment({ replicas: 2 }), defaulted, { now: t2 });
    expect(next.spec).toEqual({ replicas: 2, minReadySeconds: 5 });
    expect(next.metadata.managedFields?.[0]?.time).toBe(t2);
  });

  test('a field stated no more goes away', () => {
    const live = applyAs('me', deployment({ replicas: 1, paused: true, ...pods(container('a'), container('b')) }));
    const next = applyAs('me', deployment({ replicas: 1, ...pods(container('b')) }), live);
    expect(next.spec).toEqual({ replicas: 1, ...pods(container('b')) });
  });

  test('a struct stated no more goes with the defaults inside it; one with others’ fields keeps them', () => {
    const live = applyAs('me', deployment({ strategy: { type: 'RollingUpdate' } }));
    const defaulted = deployment(
      { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
      live.metadata as Spec,
    );
    expect(applyAs('me', deployment({ replicas: 1 }), defaulted).spec).toEqual({ replicas: 1 });

    const shared = applyAs('you', deployment({ strategy: { rollingUpdate: { maxSurge: 1 } } }), defaulted);
    expect(applyAs('me', deployment({ replicas: 1 }), shared).spec).toEqual({
      replicas: 1,
      strategy: { rollingUpdate: { maxSurge: 1 } },
    });
  });

  test('a field that another owns too stays when stated no more', () => {
    const both = applyAs('you', deployment({ paused: true }), applyAs('me', deployment({ paused: true, replicas: 1 })));
    const next = applyAs('me', deployment({ replicas: 1 }), both);
    expect(next.spec).toEqual({ paused: true, replicas: 1 });
    expect(owned(next, 'me')).toEqual({ 'f:spec': { 'f:replicas': {} } });
    const last = applyAs('you', deployment({}), next);
    expect(last.spec).toEqual({ replicas: 1 });
    expect(owned(last, 'you')).toEqual({ 'f:spec': {} });
  });

  test('labels of several managers live side by side', () => {
    const live = applyAs(
      'you',
      deployment({}, { labels: { b: '2' } }),
      applyAs('me', deployment({}, { labels: { a: '1' } })),
    );
    expect(live.metadata.labels).toEqual({ a: '1', b: '2' });
    expect(applyAs('me', deployment({}), live).metadata.labels).toEqual({ b: '2' });
    expect(applyAs('you', deployment({}), applyAs('me', deployment({}), live)).metadata.labels).toBeUndefined();
  });

  test('items of map lists stand in the applied order; those of others keep their place', () => {
    const live = updateAs('you', deployment(pods(container('x'), container('a'), container('y'), container('b'))));
    const next = applyAs('me', deployment(pods(container('n'), container('b'), container('a'))), live, { force: true });
    expect((next.spec as ReturnType<typeof pods>).template.spec.containers.map((c) => c.name)).toEqual([
      'x',
      'y',
      'n',
      'b',
      'a',
    ]);
  });

  test('a port is the same with its protocol left to the default', () => {
    const ports = (...list: Spec[]) => deployment(pods(container('a', { ports: list })));
    const live = applyAs('me', ports({ containerPort: 80, protocol: 'TCP' }, { containerPort: 80, protocol: 'UDP' }));
    const next = applyAs(
      'me',
      ports({ containerPort: 80, name: 'http' }, { containerPort: 80, protocol: 'UDP' }),
      live,
    );
    expect(JSON.stringify(owned(next, 'me'))).toContain(
      '"k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}":{".":{},"f:containerPort":{},"f:name":{}}',
    );
    expect(
      (next.spec as never as { template: { spec: { containers: [{ ports: unknown[] }] } } }).template.spec.containers[0]
        .ports,
    ).toHaveLength(2);
  });

  test('atomic values are owned and replaced whole', () => {
    const selector = (matchLabels: Spec) => deployment({ selector: { matchLabels } });
    const next = applyAs('me', selector({ b: '2' }), applyAs('me', selector({ a: '1' })));
    expect(next.spec).toEqual({ selector: { matchLabels: { b: '2' } } });
    expect(owned(next, 'me')).toEqual({ 'f:spec': { 'f:selector': {} } });
  });

  test('list items without their key, or twice, are refused', () => {
    expect(refusal(() => applyAs('me', deployment(pods({ image: 'x' })))).message).toBe(
      'failed to create typed patch object: .spec.template.spec.containers: element 0: associative list with keys has an element that omits key field "name"',
    );
    expect(refusal(() => applyAs('me', deployment(pods(container('a'), container('a'))))).message).toContain(
      'duplicate entries for key [name="a"]',
    );
    expect(refusal(() => applyAs('me', deployment({}, { managedFields: [{}] }))).message).toBe(
      'metadata.managedFields must be nil',
    );
  });

  test('what a path may not write is neither owned nor changed', () => {
    const applied = { ...deployment({ replicas: 1 }), status: { replicas: 9 } };
    const object = apply({ schema, live: undefined, applied, manager: 'me', now: t1, ignored: ['status'] });
    expect(object.status).toBeUndefined();
    expect(owned(object, 'me')).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });
});

describe('conflicts', () => {
  const live = updateAs(
    'kubectl-client-side-apply',
    deployment({ replicas: 1, ...pods(container('a', { image: 'x' })) }),
  );

  test('one, in Kubernetes’ words', () => {
    const error = refusal(() => applyAs('me', deployment({ replicas: 2 }), live));
    expect(error.message).toBe(
      'Apply failed with 1 conflict: conflict with "kubectl-client-side-apply" using apps/v1: .spec.replicas',
    );
    expect(error.toStatus()).toMatchObject({
      code: 409,
      reason: 'Conflict',
      details: {
        causes: [
          {
            reason: 'FieldManagerConflict',
            message: 'conflict with "kubectl-client-side-apply" using apps/v1',
            field: '.spec.replicas',
          },
        ],
      },
    });
  });

  test('several, by manager', () => {
    const scaled = updateAs(
      'hpa',
      deployment({ ...(live.spec as Spec), replicas: 5 }, live.metadata as Spec),
      live,
      'scale',
    );
    const error = refusal(() =>
      applyAs('me', deployment({ replicas: 2, ...pods(container('a', { image: 'y' })) }), scaled),
    );
    expect(error.message).toBe(
      [
        'Apply failed with 2 conflicts: conflicts with "hpa" with subresource "scale" using apps/v1:',
        '- .spec.replicas',
        'conflicts with "kubectl-client-side-apply" using apps/v1:',
        '- .spec.template.spec.containers[name="a"].image',
      ].join('\n'),
    );
  });

  test('force takes the field over; the same value is shared without force', () => {
    const forced = applyAs('me', deployment({ replicas: 2 }), live, { force: true });
    expect(forced.spec).toMatchObject({ replicas: 2 });
    expect(JSON.stringify(owned(forced, 'kubectl-client-side-apply'))).not.toContain('f:replicas');
    const shared = applyAs('me', deployment({ replicas: 1 }), live);
    expect(JSON.stringify(owned(shared, 'kubectl-client-side-apply'))).toContain('f:replicas');
  });

  test('an object that nobody tracked has one owner for all it has', () => {
    const untracked = deployment({ replicas: 1 });
    expect(refusal(() => applyAs('me', deployment({ replicas: 2 }), untracked)).message).toContain(
      '"before-first-apply"',
    );
    expect(applyAs('me', deployment({ paused: true }), untracked).spec).toEqual({ replicas: 1, paused: true });
  });

  test('kubectl takes over what its client-side apply set, unless somebody changed it since', () => {
    const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
    const lastApplied = JSON.stringify(deployment({ replicas: 1, paused: false }));
    const csa = updateAs(
      'kubectl-client-side-apply',
      deployment({ replicas: 1, paused: false }, { annotations: { [annotation]: lastApplied } }),
    );
    const next = applyAs('kubectl', deployment({ replicas: 2, paused: false }), csa);
    expect(next.spec).toEqual({ replicas: 2, paused: false });
    expect(JSON.parse(next.metadata.annotations?.[annotation] as string).spec).toEqual({ replicas: 2, paused: false });
    expect(refusal(() => applyAs('me', deployment({ replicas: 2 }), csa)).reason).toBe('Conflict');

    const scaled = updateAs('someone', deployment({ replicas: 7, paused: false }, csa.metadata as Spec), csa);
    expect(refusal(() => applyAs('kubectl', deployment({ replicas: 2 }), scaled)).message).toContain('"someone"');
  });
});

describe('updates', () => {
  const live = updateAs(
    'creator',
    deployment({ replicas: 1, ...pods(container('a', { image: 'x' })) }, { labels: { l: '1' } }),
  );

  test('on create all is the creator’s', () => {
    expect(owned(live, 'creator')).toEqual({
      'f:metadata': { 'f:labels': { '.': {}, 'f:l': {} } },
      'f:spec': {
        'f:replicas': {},
        'f:template': {
          'f:spec': { 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:image': {}, 'f:name': {} } } },
        },
      },
    });
  });

  test('what comes is owned with what holds it, but for what Go always writes', () => {
    const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } };
    const probed = container('a', { livenessProbe: { periodSeconds: 5 }, env: [{ name: 'E', value: '1' }] });
    expect(owned(updateAs('creator', deployment({ strategy, ...pods(probed) })), 'creator')).toEqual({
      'f:spec': {
        'f:strategy': { 'f:rollingUpdate': { '.': {}, 'f:maxSurge': {} }, 'f:type': {} },
        'f:template': {
          'f:spec': {
            'f:containers': {
              'k:{"name":"a"}': {
                '.': {},
                'f:env': { '.': {}, 'k:{"name":"E"}': { '.': {}, 'f:name': {}, 'f:value': {} } },
                'f:livenessProbe': { '.': {}, 'f:periodSeconds': {} },
                'f:name': {},
              },
            },
          },
        },
      },
    });
    const custom = { type: 'object', properties: { spec: { type: 'object', properties: { a: { type: 'string' } } } } };
    const object = { apiVersion: 'x/v1', kind: 'X', metadata: {}, spec: { a: '1' } };
    const [entry] =
      trackUpdate({ schema: custom as StructuralSchema, live: undefined, updated: object, manager: 'm', now: t1 }) ??
      [];
    expect(entry?.fieldsV1).toEqual({ 'f:spec': { '.': {}, 'f:a': {} } });
  });

  test('sets are written in one order, whatever order the objects had', () => {
    const labels = { b: '1', a: '1', 'c/a': '1' };
    const first = applyAs('me', deployment({ replicas: 1, paused: true }, { labels }));
    expect(JSON.stringify(owned(first, 'me'))).toBe(
      '{"f:metadata":{"f:labels":{"f:a":{},"f:b":{},"f:c/a":{}}},"f:spec":{"f:paused":{},"f:replicas":{}}}',
    );
    const ports = [{ containerPort: 80, name: 'b' }, { containerPort: 9, name: 'a' }, { containerPort: 100 }];
    const text = JSON.stringify(owned(applyAs('me', deployment(pods(container('a', { ports })))), 'me'));
    const numbers = [...text.matchAll(/containerPort\\":(\d+)/g)].map(([, number]) => Number(number));
    expect(numbers).toEqual([9, 80, 100]);
  });

  test('items with the same key are owned as one', () => {
    const env = [
      { name: 'E', value: '1' },
      { name: 'P', value: '1' },
      { name: 'P', value: '2' },
    ];
    const twice = updateAs('creator', deployment(pods(container('a', { env }))));
    expect(JSON.stringify(owned(twice, 'creator'))).toContain('"k:{\\"name\\":\\"P\\"}":{}');
    const changed = updateAs(
      'changer',
      deployment(pods(container('a', { env: [...env.slice(0, 2), { name: 'P', value: '3' }] })), {
        managedFields: twice.metadata.managedFields,
      }),
      twice,
    );
    expect(JSON.stringify(owned(changed, 'creator'))).not.toContain('"P');
    expect(JSON.stringify(owned(changed, 'changer'))).toContain('"k:{\\"name\\":\\"P\\"}":{}');
    const added = applyAs('me', deployment(pods(container('a', { env: [{ name: 'H', value: 'h' }] }))), changed);
    const [{ env: all }] = (added.spec as { template: { spec: { containers: [{ env: Spec[] }] } } }).template.spec
      .containers;
    expect(all.map(({ name }) => name).sort()).toEqual(['E', 'H', 'P', 'P']);
    const once = updateAs('single', deployment(pods(container('a', { env: env.slice(0, 2) }))), changed);
    expect(JSON.stringify(owned(once, 'single'))).toContain(
      '"k:{\\"name\\":\\"P\\"}":{".":{},"f:name":{},"f:value":{}}',
    );
  });

  test('of two managers given one name, the later counts', () => {
    const entry = (more: Spec, fields: Spec) => ({
      manager: 'one',
      operation: 'Apply',
      apiVersion: 'apps/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: fields,
      ...more,
    });
    const managedFields = [
      entry({}, { 'f:metadata': { 'f:labels': { 'f:a': {} } } }),
      entry({}, { 'f:metadata': { 'f:labels': { 'f:b': {} } } }),
    ] as never;
    const next = updateAs('x', { ...live, metadata: { ...live.metadata, managedFields } }, live);
    expect(next.metadata.managedFields).toHaveLength(1);
    expect(owned(next, 'one')).toEqual({ 'f:metadata': { 'f:labels': { 'f:b': {} } } });
  });

  test('who changes a field owns it, who does not change it does not', () => {
    const next = updateAs(
      'other',
      deployment({ ...(live.spec as Spec), replicas: 2 }, live.metadata as Spec),
      live,
      '',
      t2,
    );
    expect(owned(next, 'other')).toEqual({ 'f:spec': { 'f:replicas': {} } });
    expect(JSON.stringify(owned(next, 'creator'))).not.toContain('replicas');
    expect(next.metadata.managedFields?.map((e) => e.time)).toEqual([t1, t2]);
  });

  test('the same object again keeps managedFields as they are', () => {
    expect(updateAs('other', live, live, '', t2)).toEqual(live);
    expect(isNoOp(live, updateAs('creator', live, live, '', t2))).toBe(true);
  });

  test('a client that sends no managedFields loses none; [{}] forgets them', () => {
    const { managedFields: _, ...metadata } = live.metadata;
    expect(updateAs('other', { ...live, metadata }, live).metadata.managedFields).toEqual(live.metadata.managedFields);
    expect(
      updateAs('other', { ...live, metadata: { ...metadata, managedFields: [{}] } }, live).metadata.managedFields,
    ).toBeUndefined();
    const reset = updateAs('other', { ...live, metadata: { ...metadata, managedFields: [] } }, live);
    expect(reset.metadata.managedFields).toBeUndefined();
    const untracked = updateAs('other', { ...reset, metadata: { ...metadata, labels: { l: '2' } } }, reset);
    expect(untracked.metadata.managedFields).toBeUndefined();
    const applied = applyAs('me', deployment({}, { labels: { m: '1' } }), untracked);
    expect(applied.metadata.managedFields?.map((e) => e.manager)).toEqual(['me', 'before-first-apply']);
    const bad = {
      ...live,
      metadata: { ...metadata, managedFields: [{ manager: 'x', operation: 'Steal', apiVersion: 'v1' }] },
    };
    expect(updateAs('other', bad, live).metadata.managedFields).toEqual(live.metadata.managedFields);
  });

  test('a subresource is an owner of its own', () => {
    const next = updateAs('creator', { ...live, status: { replicas: 1 } }, live, 'status');
    expect(next.metadata.managedFields).toHaveLength(2);
    expect(next.metadata.managedFields?.find((e) => e.subresource === 'status')?.fieldsV1).toEqual({
      'f:status': { 'f:replicas': {} },
    });
  });

  test('what goes away is nobody’s', () => {
    const next = updateAs('other', deployment({ replicas: 1 }, { managedFields: live.metadata.managedFields }), live);
    expect(next.metadata.managedFields).toHaveLength(1);
    expect(owned(next, 'creator')).toEqual({ 'f:spec': { 'f:replicas': {} } });
  });

  test('at most ten updaters are told apart', () => {
    let object = live;
    for (let i = 0; i < 20; i++) {
      const labels = { ...object.metadata.labels, [`l${i}`]: 'x' };
      const now = `2026-01-01T00:00:${String(i + 10)}Z`;
      object = updateAs(`m${i}`, { ...object, metadata: { ...object.metadata, labels } }, object, '', now);
    }
    const managers = object.metadata.managedFields?.map((entry) => entry.manager);
    expect(managers).toHaveLength(10);
    expect(managers?.[0]).toBe('ancient-changes');
    expect(managers?.[9]).toBe('m19');
    expect(JSON.stringify(owned(object, 'ancient-changes'))).toContain('f:l3');
  });
});

describe('for any objects', () => {
  const labels = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('1', '2'), { maxKeys: 3 });
  const port = fc.record({ containerPort: fc.constantFrom(80, 443), name: fc.constantFrom('x', 'y') });
  const one = fc.record(
    {
      name: fc.constantFrom('a', 'b', 'c'),
      image: fc.constantFrom('x', 'y'),
      ports: fc.uniqueArray(port, { selector: (p) => p.containerPort, minLength: 1 }),
      command: fc.array(fc.constantFrom('p', 'q'), { minLength: 1, maxLength: 2 }),
    },
    { requiredKeys: ['name'] },
  );
  const spec = fc.record(
    {
      replicas: fc.nat(3),
      paused: fc.boolean(),
      strategy: fc.record({ type: fc.constantFrom('Recreate', 'RollingUpdate') }, { requiredKeys: [] }),
      selector: fc.record({ matchLabels: labels }),
      template: fc.record({
        metadata: fc.record({ labels }),
        spec: fc.record({ containers: fc.uniqueArray(one, { selector: (c) => c.name, minLength: 1 }) }),
      }),
    },
    { requiredKeys: [] },
  );
  const stated = fc.tuple(spec, labels).map(([s, l]) => deployment(s, { labels: l }));
  const first = fc.constantFrom('me', 'you');

  /** Every value stated stands in the object; items of lists by name or port. */
  function holds(object: unknown, value: unknown): boolean {
    if (Array.isArray(value)) {
      if (typeof value[0] !== 'object') return JSON.stringify(object) === JSON.stringify(value);
      return value.every((item) => (object as unknown[]).some((other) => holds(other, item)));
    }
    if (typeof value !== 'object' || value === null) return object === value;
    return Object.entries(value).every(([key, v]) => holds((object as Record<string, unknown>)?.[key], v));
  }

  test('what is applied stands; applied again it changes nothing', () => {
    fc.assert(
      fc.property(stated, stated, first, (a, b, manager) => {
        const live = applyAs('me', a);
        const before = structuredClone(live);
        const once = applyAs(manager, b, live, { force: true });
        expect(holds(once, b)).toBe(true);
        expect(applyAs(manager, b, once, { now: t2 })).toEqual(once);
        expect(live).toEqual(before);
      }),
    );
  });

  test('applied alone, an object is what was applied last', () => {
    fc.assert(
      fc.property(stated, stated, (a, b) => {
        const strip = (o: AnyObject) => {
          const { managedFields: _, ...metadata } = o.metadata;
          // An empty map that was stated before and now, and one that was left when its last key went, look alike.
          return JSON.parse(
            JSON.stringify({ ...o, metadata }, (_k, v) =>
              v && typeof v === 'object' && !Array.isArray(v) && Object.keys(v).length === 0 ? undefined : v,
            ),
          );
        };
        expect(strip(applyAs('me', b, applyAs('me', a)))).toEqual(strip(applyAs('me', b)));
      }),
    );
  });

  test('what another stated survives whatever I state and stop stating', () => {
    fc.assert(
      fc.property(stated, stated, stated, (yours, mine, less) => {
        const live = applyAs('me', mine, applyAs('you', yours), { force: true });
        const shared = applyAs('you', yours, live, { force: true });
        const next = applyAs('me', less, shared, { force: true });
        const again = applyAs('you', yours, next, { force: true });
        expect(holds(again, yours)).toBe(true);
        // Nothing of mine that is neither stated by me now nor by you is left.
        const gone = applyAs('me', deployment({}), again);
        expect(holds(gone, yours)).toBe(true);
        expect(owned(gone, 'me')).toEqual({ 'f:spec': {} });
      }),
    );
  });

  test('updates: every field has at most one updater, and no update conflicts', () => {
    fc.assert(
      fc.property(stated, stated, stated, (a, b, c) => {
        const one = updateAs('one', a);
        const two = updateAs(
          'two',
          { ...b, metadata: { ...b.metadata, managedFields: one.metadata.managedFields } },
          one,
        );
        const three = updateAs(
          'one',
          { ...c, metadata: { ...c.metadata, managedFields: two.metadata.managedFields } },
          two,
        );
        expect(updateAs('three', three, three)).toEqual(three);
        // Applying exactly what is there conflicts with nobody.
        const { managedFields: _, ...metadata } = three.metadata;
        expect(holds(applyAs('me', { ...c, metadata }, three), c)).toBe(true);
      }),
    );
  });
});
