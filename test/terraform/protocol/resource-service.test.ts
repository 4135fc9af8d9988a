import { Buffer } from 'node:buffer';
import { handlers } from '../../../runtime/terraform/protocol/handlers';
import { Dynamic, Unknown } from '../../../runtime/terraform/protocol/value';
import { file, fileFrom, probe, providerConfig } from './fixtures';

const typeName = 'probe_file';
const created = { size: 5 };

test('a create is planned with unknowns and applied to a state without', async () => {
  const { session } = probe();
  const config = file({ key: 'very secret' });
  const plan = await handlers.PlanResourceChange(session, { typeName, prior: file(null), proposed: config, config });
  expect(fileFrom(plan.planned)).toMatchObject({ content: 'hello', size: Unknown, key: null });
  const applied = await handlers.ApplyResourceChange(session, {
    typeName,
    prior: file(null),
    planned: plan.planned,
    config,
  });
  expect(applied.diagnostics).toEqual([]);
  expect(fileFrom(applied.state)).toMatchObject({ size: 5, key: null });
});

test('a failed create leaves nothing, or what was saved', async () => {
  const failing = probe({ create: async () => Promise.reject(new Error('disk full')) });
  const saving = probe({
    async create({ planned, save }) {
      save({ ...(planned as never as Parameters<typeof save>[0]), size: 1 });
      throw new Error('disk full');
    },
  });
  const request = { typeName, prior: file(null), planned: file({ size: Unknown }), config: file({}) };
  const nothing = await handlers.ApplyResourceChange(failing.session, request);
  expect(fileFrom(nothing.state)).toBeNull();
  expect(nothing.diagnostics).toMatchObject([
    { severity: 1, summary: 'Cannot create probe_file', detail: 'disk full' },
  ]);
  expect(fileFrom((await handlers.ApplyResourceChange(saving.session, request)).state)).toMatchObject({ size: 1 });
});

test('a failed update keeps the prior state, so that the change stays pending', async () => {
  const { session } = probe({
    async update({ planned, diagnostics }) {
      diagnostics.error('half done', undefined, ['content']);
      return planned as never;
    },
  });
  const request = {
    typeName,
    prior: file(created),
    planned: file({ content: 'new', size: 3 }),
    config: file({ content: 'new' }),
  };
  const applied = await handlers.ApplyResourceChange(session, request);
  expect(fileFrom(applied.state)).toMatchObject({ content: 'hello', size: 5 });
  expect(applied.diagnostics).toMatchObject([
    { summary: 'half done', attribute: { steps: [{ attributeName: 'content' }] } },
  ]);
});

test('what is left unknown after apply is the provider’s mistake and said so', async () => {
  const { session } = probe({ create: async ({ planned }) => planned as never });
  const request = { typeName, prior: file(null), planned: file({ size: Unknown }), config: file({}) };
  const { diagnostics } = await handlers.ApplyResourceChange(session, request);
  expect(diagnostics).toMatchObject([{ summary: 'probe_file left values unknown after apply' }]);
});

test('a null plan deletes, and a failed delete keeps the state', async () => {
  const deleted: unknown[] = [];
  const { session } = probe({ delete: async ({ prior }) => void deleted.push(prior.path) });
  const request = { typeName, prior: file(created), planned: file(null), config: file(null) };
  expect(fileFrom((await handlers.ApplyResourceChange(session, request)).state)).toBeNull();
  expect(deleted).toEqual(['/a']);
  const stuck = probe({ delete: async () => Promise.reject(new Error('busy')) });
  expect(fileFrom((await handlers.ApplyResourceChange(stuck.session, request)).state)).toMatchObject({ path: '/a' });
});

test('a destroy is planned with the resource’s own say', async () => {
  const { session } = probe({ planDestroy: ({ diagnostics }) => diagnostics.warning('goes for good') });
  const request = { typeName, prior: file(created), proposed: file(null), config: file(null) };
  const plan = await handlers.PlanResourceChange(session, request);
  expect(fileFrom(plan.planned)).toBeNull();
  expect(plan.diagnostics).toMatchObject([{ severity: 2, summary: 'goes for good' }]);
});

test('replacement comes from the schema, from the plan, and from having no update', async () => {
  const steps = async (logic: Parameters<typeof probe>[0], change: { path?: string; content?: string }) => {
    const config = file(change);
    const request = { typeName, prior: file(created), proposed: config, config };
    const { requiresReplace } = await handlers.PlanResourceChange(probe(logic).session, request);
    return requiresReplace?.map((path) => path.steps);
  };
  expect(await steps({}, { content: 'new' })).toEqual([]);
  expect(await steps({}, { path: '/b' })).toEqual([[{ attributeName: 'path' }]]);
  expect(await steps({ update: undefined }, { content: 'new' })).toEqual([[{ attributeName: 'content' }]]);
  expect(await steps({ plan: (context) => context.requireReplace(['tags', 'x']) }, {})).toEqual([
    [{ attributeName: 'tags' }, { elementKeyString: 'x' }],
  ]);
});

test('private data goes from plan to apply', async () => {
  const seen: unknown[] = [];
  const { session } = probe({
    plan: (context) => context.private.set({ step: 1 }),
    async create(context) {
      seen.push(context.private.get());
      return { ...(context.planned as never as object), size: 1 } as never;
    },
  });
  const config = file({});
  const plan = await handlers.PlanResourceChange(session, { typeName, prior: file(null), proposed: config, config });
  const { planned } = plan;
  await handlers.ApplyResourceChange(session, { typeName, prior: file(null), planned, config, private: plan.private });
  expect(seen).toEqual([{ step: 1 }]);
});

test('a dynamic attribute is echoed with the type it came with', async () => {
  const doc = new Dynamic(['map', 'string'], { a: 'b' });
  const config = file({ doc });
  const plan = await handlers.PlanResourceChange(probe().session, {
    typeName,
    prior: file(null),
    proposed: config,
    config,
  });
  expect(fileFrom(plan.planned)?.doc).toEqual(doc);
});

test('a read finds drift, or that it is gone; without a configured provider it changes nothing', async () => {
  const { session } = probe({
    read: async ({ state }) => (state.path === '/a' ? { ...state, content: 'other' } : null),
  });
  expect(fileFrom((await handlers.ReadResource(session, { typeName, state: file(created) })).state)?.content).toBe(
    'other',
  );
  expect(fileFrom((await handlers.ReadResource(session, { typeName, state: file({ path: '/b' }) })).state)).toBeNull();
  session.configured = undefined;
  expect(fileFrom((await handlers.ReadResource(session, { typeName, state: file(created) })).state)?.content).toBe(
    'hello',
  );
});

test('stored state is read by the schema, upgraded from older versions and refused from newer ones', async () => {
  const { session } = probe({ upgrade: ({ version, state }) => ({ ...state, content: `from ${version}` }) });
  const rawState = { json: Buffer.from('{"path":"/a","size":12345678901234567890,"dropped":true}') };
  const now = await handlers.UpgradeResourceState(session, { typeName, version: 2, rawState });
  expect(fileFrom(now.state)).toMatchObject({ path: '/a', size: 12345678901234567890n, content: null });
  const old = await handlers.UpgradeResourceState(session, { typeName, version: 1, rawState });
  expect(fileFrom(old.state)?.content).toBe('from 1');
  const newer = await handlers.UpgradeResourceState(session, { typeName, version: 3, rawState });
  expect(newer.diagnostics?.[0]?.detail).toContain('schema version 3, this one knows up to 2');
});

test('import starts from what the resource can tell, or is refused', async () => {
  const { session } = probe({ import: async (id) => ({ path: id }) });
  const { imported } = await handlers.ImportResourceState(session, { typeName, id: '/x' });
  expect(fileFrom(imported?.[0]?.state)).toEqual({
    path: '/x',
    content: null,
    size: null,
    doc: null,
    key: null,
    tags: null,
  });
  const { diagnostics } = await handlers.ImportResourceState(probe().session, { typeName, id: '/x' });
  expect(diagnostics?.[0]?.detail).toContain('probe_file cannot be imported');
});

test('every property that is wrong is reported at its place, and no secret is shown', async () => {
  const config = file({ path: 'a', content: 'far too long for it', key: 'abc', tags: { ok: 'x', empty: '' } });
  const { diagnostics } = await handlers.ValidateResourceConfig(probe().session, { typeName, config });
  expect(diagnostics?.map((each) => [each.summary, each.attribute?.steps])).toEqual([
    ['Invalid value for path', [{ attributeName: 'path' }]],
    ['Invalid value for content', [{ attributeName: 'content' }]],
    ['Invalid value for key', [{ attributeName: 'key' }]],
    ['Invalid value for tags.empty', [{ attributeName: 'tags' }, { elementKeyString: 'empty' }]],
  ]);
  expect(diagnostics?.[1]?.detail).toContain('but got "far too long for it".');
  expect(JSON.stringify(diagnostics)).not.toContain('abc');
});

test('what is unknown is not wrong', async () => {
  const config = file({ path: Unknown, content: Unknown, tags: { a: Unknown }, doc: Unknown });
  expect((await handlers.ValidateResourceConfig(probe().session, { typeName, config })).diagnostics).toEqual([]);
});

test('a provider with an unknown configuration plans without one', async () => {
  const { session } = probe();
  await handlers.ConfigureProvider(session, { config: providerConfig(Unknown) });
  expect(session.configured).toBeUndefined();
  await handlers.ConfigureProvider(session, { config: providerConfig('/srv') });
  expect(session.configured).toEqual({ root: '/srv' });
});

test('StopProvider aborts what is under way, which then returns what is', async () => {
  const { session } = probe({
    async create({ planned, signal, diagnostics }) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      diagnostics.warning('stopped early');
      return { ...(planned as never as object), size: 0 } as never;
    },
  });
  const request = { typeName, prior: file(null), planned: file({ size: Unknown }), config: file({}) };
  const running = handlers.ApplyResourceChange(session, request);
  await handlers.StopProvider(session, {});
  expect(fileFrom((await running).state)?.size).toBe(0);
});

test('progress goes to Terraform’s log as one JSON line', async () => {
  const { session, lines } = probe({
    async read({ state, progress }) {
      progress('half way');
      return state;
    },
  });
  await handlers.ReadResource(session, { typeName, state: file(created) });
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    '@level': 'info',
    '@message': 'half way',
    '@module': 'probe',
    '@timestamp': '1970-01-01T00:00:00.000000Z',
    tf_resource_type: 'probe_file',
  });
});

test('the schema names the resource with its version and that destroys are planned', () => {
  const schema = handlers.GetProviderSchema(probe().session, {});
  expect(schema).toMatchObject({
    capabilities: { planDestroy: true, getProviderSchemaOptional: true },
    resources: { probe_file: { version: 2 } },
  });
});
