import fc from 'fast-check';
import { applyJsonPatch, applyMergePatch, applyStrategicMergePatch } from '../../runtime/kube/patch';
import type { StructuralSchema } from '../../runtime/kube/schema';
import { equalJson, type JsonObject } from '../../runtime/kube/schema-engine';
import { schemaOf, schemaOfType } from '../../runtime/kube/schemas';
import { isStatusError, StatusError, type StatusReason } from '../../runtime/kube/status-error';

function refused(reason: StatusReason, run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isStatusError(error, reason)) return error.message;
    throw error;
  }
  throw new Error('accepted');
}

const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes('__proto__'));

describe('JSON patch', () => {
  test.each([
    [{ a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
    [{ a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
    [{ a: [1] }, [{ op: 'add', path: '/a/-', value: 2 }], { a: [1, 2] }],
    [{ a: 1 }, [{ op: 'add', path: '', value: 2 }], 2],
    [{ a: 1, b: 2 }, [{ op: 'remove', path: '/b' }], { a: 1 }],
    [{ a: [1, 2] }, [{ op: 'remove', path: '/a/0' }], { a: [2] }],
    [{ a: [1, 2] }, [{ op: 'remove', path: '/a/-1' }], { a: [1] }],
    [{ a: [1, 2] }, [{ op: 'replace', path: '/a/-2', value: 3 }], { a: [3, 2] }],
    [{ a: [1, 2] }, [{ op: 'add', path: '/a/-1', value: 3 }], { a: [1, 2, 3] }],
    [{ a: 1 }, [{ op: 'test', path: '/b', value: null }], { a: 1 }],
    [{ a: { b: 1 } }, [{ op: 'replace', path: '/a/b', value: null }], { a: { b: null } }],
    [{ a: {} }, [{ op: 'replace', path: '/a/b', value: { c: 1 } }], { a: { b: { c: 1 } } }],
    [{ a: [{}] }, [{ op: 'replace', path: '/a/0/b', value: 1 }], { a: [{ b: 1 }] }],
    [{ a: { b: 1 }, c: {} }, [{ op: 'move', from: '/a/b', path: '/c/d' }], { a: {}, c: { d: 1 } }],
    [{ a: { b: 1 } }, [{ op: 'move', from: '/a', path: '/a' }], { a: { b: 1 } }],
    [{ a: 1 }, [{ op: 'copy', from: '/x', path: '/a' }], { a: null }],
    [{ 'x/y': 1, '~1': 2 }, [{ op: 'copy', from: '/x~1y', path: '/~01' }], { 'x/y': 1, '~1': 1 }],
    [
      { a: { x: [1, { y: 2 }] } },
      [{ op: 'test', path: '/a', value: { x: [1, { y: 2 }] } }],
      { a: { x: [1, { y: 2 }] } },
    ],
    [
      { a: { n: 1 } },
      [
        { op: 'copy', from: '/a', path: '/b' },
        { op: 'replace', path: '/a/n', value: 2 },
        { op: 'replace', path: '/b/n', value: 3 },
      ],
      { a: { n: 2 }, b: { n: 3 } },
    ],
  ])('%j with %j', (document, patch, expected) => {
    const before = structuredClone(document);
    expect(applyJsonPatch(document, patch)).toEqual(expected);
    expect(document).toEqual(before);
  });

  test.each<[unknown, StatusReason, string]>([
    [{}, 'BadRequest', 'a JSON patch is a list of operations'],
    [[{ op: 'drop', path: '/a' }], 'BadRequest', 'unexpected kind: "drop"'],
    [[{ op: 'add', path: '/a' }], 'BadRequest', 'add needs a value'],
    [[{ op: 'copy', path: '/a' }], 'BadRequest', 'copy needs a from'],
    [[{ op: 'test', path: '/a', value: 2 }], 'Invalid', 'test "/a": test failed'],
    [[{ op: 'remove', path: '/x' }], 'Invalid', 'doc is missing key: x'],
    [[{ op: 'remove', path: '' }], 'Invalid', 'cannot be removed'],
    [[{ op: 'replace', path: '/x/y', value: 1 }], 'Invalid', 'doc is missing key: x'],
    [[{ op: 'replace', path: '/l/1', value: 1 }], 'Invalid', 'out of the list'],
    [[{ op: 'replace', path: '/l/-', value: 1 }], 'Invalid', 'no index'],
    [[{ op: 'add', path: '/x/y', value: 1 }], 'Invalid', 'doc is missing key: x'],
    [[{ op: 'add', path: '/a/y', value: 1 }], 'Invalid', 'holds no other values'],
    [[{ op: 'add', path: '/l/5', value: 1 }], 'Invalid', 'out of the list'],
    [[{ op: 'add', path: '/l/01', value: 1 }], 'Invalid', 'no index'],
    [[{ op: 'remove', path: '/l/-' }], 'Invalid', 'no index'],
    [[{ op: 'add', path: 'a', value: 1 }], 'Invalid', 'no JSON pointer'],
    [[{ op: 'add', path: '/__proto__/x', value: 1 }], 'Invalid', '__proto__'],
    [[{ op: 'test', path: '/constructor', value: 1 }], 'Invalid', 'test "/constructor": test failed'],
    [[{ op: 'copy', from: '/x/y', path: '/a' }], 'Invalid', 'doc is missing key: x'],
    [[{ op: 'move', from: '/constructor', path: '/a' }], 'Invalid', 'doc is missing key: constructor'],
    [[{ op: 'move', from: '/o', path: '/o/x' }], 'Invalid', 'into itself'],
    [Array(10_001).fill({ op: 'test', path: '', value: 1 }), 'RequestEntityTooLarge', '10000, got 10001'],
  ])('%.60j is refused', (patch, reason, message) => {
    const document = { a: 1, l: [1], o: {} };
    expect(refused(reason, () => applyJsonPatch(document, patch))).toContain(message);
    expect(document).toEqual({ a: 1, l: [1], o: {} });
  });

  test('copies that double cannot fill the memory', () => {
    const bomb = Array.from({ length: 100 }, (_, i) => ({ op: 'copy', from: '', path: `/c${i}` }));
    expect(refused('Invalid', () => applyJsonPatch({ a: 'x'.repeat(100) }, bomb))).toContain('bytes at most');
  });

  test('replacing the whole document gives the new one; a value added can be tested and removed again', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), json, (document, value) => {
        if ('__proto__' in document && Object.hasOwn(document, '__proto__')) return;
        expect(equalJson(applyJsonPatch(document, [{ op: 'replace', path: '', value }]), value)).toBe(true);
        const { new: _, ...rest } = document;
        const round = applyJsonPatch(rest, [
          { op: 'add', path: '/new', value },
          { op: 'test', path: '/new', value },
          { op: 'remove', path: '/new' },
        ]);
        expect(equalJson(round, rest)).toBe(true);
      }),
    );
  });

  test('any patch is applied or refused with a status', () => {
    const pointer = fc.array(fc.constantFrom('a', 'b', '0', '1', '-', '')).map((s) => s.map((x) => `/${x}`).join(''));
    const operation = fc.record({
      op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test'),
      path: pointer,
      from: pointer,
      value: json,
    });
    fc.assert(
      fc.property(json, fc.array(operation), (document, patch) => {
        const before = structuredClone(document);
        try {
          applyJsonPatch(document, patch);
        } catch (error) {
          if (!(error instanceof StatusError)) throw error;
        }
        expect(equalJson(document, before)).toBe(true);
      }),
    );
  });
});

describe('merge patch', () => {
  // The examples of RFC 7386, appendix A.
  test.each([
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'b' }, ['c'], ['c']],
    [{ a: 'foo' }, null, null],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [[1, 2], { a: 'b', c: null }, { a: 'b' }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])('%j with %j is %j', (target, patch, expected) => {
    expect(applyMergePatch(target, patch)).toEqual(expected);
  });

  test('applying twice is applying once, and inputs stay', () => {
    fc.assert(
      fc.property(json, json, (target, patch) => {
        const before = structuredClone(target);
        const once = applyMergePatch(target, patch);
        expect(equalJson(applyMergePatch(once, patch), once)).toBe(true);
        expect(equalJson(target, before)).toBe(true);
      }),
    );
  });
});

describe('strategic merge patch', () => {
  test('a map whose strategy is to be replaced is', () => {
    const budget = schemaOf('policy/v1', 'PodDisruptionBudget') as StructuralSchema;
    const target = { spec: { minAvailable: 1, selector: { matchLabels: { a: '1' }, matchExpressions: [] } } };
    const patch = { spec: { selector: { matchLabels: { b: '2' } } } };
    expect(applyStrategicMergePatch(budget, target, patch)).toEqual({
      spec: { minAvailable: 1, selector: { matchLabels: { b: '2' } } },
    });
  });

  const podSpec = schemaOfType('io.k8s.api.core.v1.PodSpec');
  const deployment = schemaOf('apps/v1', 'Deployment') as StructuralSchema;
  const merge = (target: JsonObject, patch: JsonObject) => {
    const before = structuredClone(target);
    const result = applyStrategicMergePatch(podSpec, target, patch);
    expect(target).toEqual(before);
    return result;
  };
  const two = {
    containers: [
      { name: 'a', image: 'x' },
      { name: 'b', image: 'y' },
    ],
  };

  test('lists with a merge key are merged by it, new items go last', () => {
    expect(merge(two, { containers: [{ name: 'b', image: 'z' }, { name: 'c' }] })).toEqual({
      containers: [{ name: 'a', image: 'x' }, { name: 'b', image: 'z' }, { name: 'c' }],
    });
  });

  test('null removes a field; lists without a strategy are replaced', () => {
    const target = { containers: [{ name: 'a', image: 'x', command: ['a', 'b'] }], hostname: 'h' };
    expect(merge(target, { hostname: null, containers: [{ name: 'a', image: null, command: ['c'] }] })).toEqual({
      containers: [{ name: 'a', command: ['c'] }],
    });
  });

  test('$patch: delete takes an item away, $patch: replace the whole list or map', () => {
    expect(merge(two, { containers: [{ name: 'a', $patch: 'delete' }, { name: 'c' }] })).toEqual({
      containers: [{ name: 'c' }, { name: 'b', image: 'y' }],
    });
    expect(merge(two, { containers: [{ name: 'c' }, { $patch: 'replace' }] })).toEqual({ containers: [{ name: 'c' }] });
    expect(merge({ nodeSelector: { a: 'b' } }, { nodeSelector: { c: 'd', $patch: 'replace' } })).toEqual({
      nodeSelector: { c: 'd' },
    });
    expect(merge({ nodeSelector: { a: 'b' } }, { nodeSelector: { $patch: 'delete' } })).toEqual({ nodeSelector: {} });
  });

  test('$setElementOrder orders what it names and keeps what others added where it stood', () => {
    const target = { containers: [{ name: 'a' }, { name: 'injected' }, { name: 'b' }] };
    expect(
      merge(target, {
        '$setElementOrder/containers': [{ name: 'c' }, { name: 'b' }, { name: 'a' }],
        containers: [{ name: 'c', image: 'z' }],
      }),
    ).toEqual({ containers: [{ name: 'c', image: 'z' }, { name: 'injected' }, { name: 'b' }, { name: 'a' }] });
    expect(merge(target, { '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }] })).toEqual(target);
  });

  test('lists of scalars: merged without doubles, removed by $deleteFromPrimitiveList', () => {
    const schema = schemaOfType('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta');
    expect(applyStrategicMergePatch(schema, { finalizers: ['a', 'b'] }, { finalizers: ['c', 'a'] })).toEqual({
      finalizers: ['c', 'a', 'b'],
    });
    expect(
      applyStrategicMergePatch(
        schema,
        { finalizers: ['a', 'b'] },
        { '$deleteFromPrimitiveList/finalizers': ['a'], '$setElementOrder/finalizers': ['c', 'b'], finalizers: ['c'] },
      ),
    ).toEqual({ finalizers: ['c', 'b'] });
  });

  test('$retainKeys removes the other keys', () => {
    const target = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    expect(
      applyStrategicMergePatch(deployment, target, { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } }),
    ).toEqual({ spec: { strategy: { type: 'Recreate' } } });
    expect(
      merge(
        { volumes: [{ name: 'v', emptyDir: {} }] },
        { volumes: [{ $retainKeys: ['name', 'hostPath'], name: 'v', hostPath: { path: '/' } }] },
      ),
    ).toEqual({
      volumes: [{ name: 'v', hostPath: { path: '/' } }],
    });
  });

  test('directives and nulls never reach the object', () => {
    expect(
      merge(
        {},
        {
          containers: [
            { name: 'a', image: null, env: [{ name: 'x', $patch: 'delete' }], $retainKeys: ['name', 'env'] },
            { name: 'b', $patch: 'delete' },
          ],
          affinity: { nodeAffinity: { $patch: 'delete' } },
          tolerations: [{ key: 'a', value: null }],
        },
      ),
    ).toEqual({ containers: [{ name: 'a', env: [] }], affinity: { nodeAffinity: {} }, tolerations: [{ key: 'a' }] });
  });

  test.each([
    [{ containers: [{ image: 'x' }] }, 'map: {"image":"x"} does not contain declared merge key: name'],
    [{ containers: [{ name: 'a', $patch: 'drop' }] }, 'unknown patch type: "drop"'],
    [{ containers: [{ name: 'a', $patch: 'merge' }] }, 'not supported in a list'],
    [{ nodeSelector: { $retainKeys: 'a' } }, 'must be a list'],
    [{ nodeSelector: { $retainKeys: ['a'], b: 'c' } }, 'lacks b'],
  ])('%j is refused', (patch, message) => {
    expect(refused('BadRequest', () => merge(two, patch))).toContain(message);
  });

  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'));
  const containers = names.chain((list) =>
    fc.tuple(...list.map((name) => fc.record({ name: fc.constant(name), image: fc.constantFrom('x', 'y') }))),
  );

  test('merging by key: every patched item is as patched, every other as it was, and twice is once', () => {
    fc.assert(
      fc.property(containers, containers, (target, patch) => {
        const once = merge({ containers: target }, { containers: patch });
        const result = once.containers as Array<{ name: string; image: string }>;
        const expected = new Map([...target, ...patch].map((c) => [c.name, c.image]));
        expect(new Map(result.map((c) => [c.name, c.image]))).toEqual(expected);
        expect(result).toHaveLength(expected.size);
        expect(merge(once, { containers: patch })).toEqual(once);
      }),
    );
  });

  test('an object where a merge key is expected is one like another: it crashes nothing', () => {
    const odd = { name: { toString: 1, valueOf: 2 } };
    expect(merge({ containers: [odd] }, { '$setElementOrder/containers': [odd] })).toEqual({ containers: [odd] });
    expect(merge({ containers: [odd] }, { containers: [{ ...odd, image: 'i' }] })).toEqual({
      containers: [{ ...odd, image: 'i' }],
    });
  });

  test('$setElementOrder gives its order to all it names and loses nothing', () => {
    fc.assert(
      fc.property(names, names, (target, order) => {
        const result = merge(
          { containers: target.map((name) => ({ name })) },
          {
            containers: order.map((name) => ({ name })),
            '$setElementOrder/containers': order.map((name) => ({ name })),
          },
        ).containers as Array<{ name: string }>;
        const all = result.map((c) => c.name);
        expect(all.filter((name) => order.includes(name as 'a'))).toEqual(order);
        expect(all.filter((name) => !order.includes(name as 'a'))).toEqual(
          target.filter((name) => !order.includes(name)),
        );
      }),
    );
  });
});
