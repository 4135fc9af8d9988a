import type { Json } from '../apiserver/harness';
import { eventsUntil, must, useCluster } from './support/cluster';
import { define, definitions, newDefinition, objectOf, pathOf, remove, untilDefinition } from './support/definitions';

const cluster = useCluster();

describe('[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin]', () => {
  it('Simple CustomResourceDefinition creating/deleting custom resource definition objects works [Conformance]', async () => {
    const definition = await define(cluster(), newDefinition());
    expect(must(await cluster().server.get(`${definitions}/${definition.metadata.name}`)).spec).toEqual(
      definition.spec,
    );
    await remove(cluster(), definition);
  });

  it('Simple CustomResourceDefinition listing custom resource definition objects works [Conformance]', async () => {
    const all = [newDefinition(), newDefinition(), newDefinition()];
    for (const each of all) {
      each.metadata.labels = { list: 'mine' };
      await define(cluster(), each);
    }
    const list = `${definitions}?labelSelector=list%3Dmine`;
    const { items } = must(await cluster().server.get(list));
    expect(items.map((item: Json) => item.metadata.name).sort()).toEqual(all.map((each) => each.metadata.name).sort());
    must(await cluster().server.delete(list));
    await cluster().until('all of them to go', async () => must(await cluster().server.get(list)).items.length === 0);
  });

  it('Simple CustomResourceDefinition getting/updating/patching custom resource definition status sub-resource works [Conformance]', async () => {
    const made = await define(cluster(), newDefinition());
    const path = `${definitions}/${made.metadata.name}/status`;
    const got = must(await cluster().server.get(path));
    expect(got.status.conditions).toEqual(made.status.conditions);
    const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from a test' };
    got.status.conditions.push(condition);
    const updated = must(await cluster().server.put(path, got));
    expect(updated.status.conditions).toContainEqual(condition);
    const index = updated.status.conditions.length;
    const patched = must(
      await cluster().server.patch(path, 'json', [
        { op: 'add', path: `/status/conditions/${index}`, value: { ...condition, type: 'StatusPatched' } },
        { op: 'replace', path: '/spec/scope', value: 'Cluster' },
      ]),
    );
    expect(patched.status.conditions.map((each: Json) => each.type)).toContain('StatusPatched');
    expect(patched.spec).toEqual(made.spec);
  });

  it('should include custom resource definition resources in discovery documents [Conformance]', async () => {
    const { server } = cluster();
    const { groups } = must(await server.get('/apis'));
    const group = groups.find((each: Json) => each.name === 'apiextensions.k8s.io');
    expect(group.versions).toContainEqual({ groupVersion: 'apiextensions.k8s.io/v1', version: 'v1' });
    expect(must(await server.get('/apis/apiextensions.k8s.io')).versions).toEqual(group.versions);
    const { resources } = must(await server.get('/apis/apiextensions.k8s.io/v1'));
    expect(resources).toContainEqual(
      expect.objectContaining({
        name: 'customresourcedefinitions',
        kind: 'CustomResourceDefinition',
        namespaced: false,
      }),
    );
  });

  it('custom resource defaulting for requests and from storage works [Conformance]', async () => {
    const { server } = cluster();
    const namespace = await cluster().namespace();
    const schema = { type: 'object', properties: { a: { type: 'string', default: 'A' }, b: { type: 'string' } } };
    const definition = await define(cluster(), newDefinition({ schema }));
    const path = pathOf(definition, namespace);
    expect(must(await server.post(path, objectOf(definition, 'one')), 201).a).toBe('A');
    const change = [{ op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/properties/b/default', value: 'B' }];
    must(await server.patch(`${definitions}/${definition.metadata.name}`, 'json', change));
    await cluster().until('the new default', async () => must(await server.get(`${path}/one`)).b === 'B');
    expect(must(await server.get(`${path}/one`))).toMatchObject({ a: 'A', b: 'B' });
    expect(must(await server.post(path, objectOf(definition, 'two', { a: 'x' })), 201)).toMatchObject({
      a: 'x',
      b: 'B',
    });
  });
});

it('[sig-api-machinery] CustomResourceDefinition Watch [Privileged:ClusterAdmin] CustomResourceDefinition Watch watch on custom resource definition objects [Conformance]', async () => {
  const { server } = cluster();
  const definition = await define(cluster(), newDefinition({ scope: 'Cluster' }));
  const path = pathOf(definition);
  const { resourceVersion } = must(await server.get(path)).metadata;
  const watches = await Promise.all(
    ['a', 'b'].map((name) =>
      server.watch(`${path}?watch=1&resourceVersion=${resourceVersion}&fieldSelector=metadata.name%3D${name}`),
    ),
  );
  for (const name of ['a', 'b']) {
    must(await server.post(path, objectOf(definition, name)), 201);
    must(await server.patch(`${path}/${name}`, 'merge', { metadata: { labels: { changed: 'yes' } } }));
    must(await server.delete(`${path}/${name}`));
  }
  for (const [index, name] of ['a', 'b'].entries()) {
    const watch = watches[index];
    if (!watch) throw new Error('no watch');
    const events = await eventsUntil(watch, ({ type }) => type === 'DELETED');
    watch.close();
    expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ['ADDED', name],
      ['MODIFIED', name],
      ['DELETED', name],
    ]);
  }
});

it('[sig-api-machinery] CustomResourceFieldSelectors [Privileged:ClusterAdmin] CustomResourceFieldSelectors MUST list and watch custom resources matching the field selector [Conformance]', async () => {
  const { server } = cluster();
  const namespace = await cluster().namespace();
  const schema = (fields: string[]) => ({
    openAPIV3Schema: {
      type: 'object',
      properties: Object.fromEntries(fields.map((field) => [field, { type: 'string' }])),
    },
  });
  const definition = newDefinition({ versions: ['v1', 'v2'] });
  definition.spec.versions[0].schema = schema(['hostPort']);
  definition.spec.versions[0].selectableFields = [{ jsonPath: '.hostPort' }];
  definition.spec.versions[1].schema = schema(['hostPort', 'port']);
  definition.spec.versions[1].selectableFields = [{ jsonPath: '.hostPort' }, { jsonPath: '.port' }];
  await define(cluster(), definition);
  const [v1, v2] = ['v1', 'v2'].map((version) => pathOf(definition, namespace, version)) as [string, string];
  const selected = async (path: string, selector: string) =>
    must(await server.get(`${path}?fieldSelector=${encodeURIComponent(selector)}`)).items.map(
      (item: Json) => item.metadata.name,
    );
  const watch = await server.watch(`${v1}?watch=1&fieldSelector=${encodeURIComponent('hostPort=host1:80')}`);
  for (const [name, hostPort] of [
    ['one', 'host1:80'],
    ['two', 'host1:8080'],
    ['three', 'host2:80'],
  ]) {
    must(await server.post(v1, objectOf(definition, name as string, { hostPort })), 201);
  }
  expect(await selected(v1, 'hostPort=host1:80')).toEqual(['one']);
  expect(await selected(v1, 'hostPort!=host1:80')).toEqual(['three', 'two']);
  expect(await selected(v2, 'hostPort=host2:80')).toEqual(['three']);
  must(await server.patch(`${v2}/two`, 'merge', { port: '8080', hostPort: 'host1:80' }));
  expect(await selected(v2, 'port=8080')).toEqual(['two']);
  expect((await server.get(`${v1}?fieldSelector=port%3D8080`)).status).toBe(400);
  must(await server.delete(`${v1}/one`));
  const events = await eventsUntil(watch, ({ type }) => type === 'DELETED');
  watch.close();
  expect(events.map(({ type, object }) => [type, object.metadata.name])).toEqual([
    ['ADDED', 'one'],
    ['ADDED', 'two'],
    ['DELETED', 'one'],
  ]);
  await untilDefinition(cluster(), definition.metadata.name, () => true);
});
