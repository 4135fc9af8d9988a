import type { Json } from '../apiserver/harness';
import { must, useCluster } from './support/cluster';
import { define, newDefinition } from './support/definitions';

const cluster = useCluster();
const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

describe('[sig-api-machinery] Discovery', () => {
  it('should validate PreferredVersion for each APIGroup [Conformance]', async () => {
    const { server } = cluster();
    const { groups } = must(await server.get('/apis'));
    expect(groups.length).toBeGreaterThan(0);
    for (const { name, versions, preferredVersion } of groups) {
      expect(versions).toContainEqual(preferredVersion);
      expect(must(await server.get(`/apis/${name}`))).toMatchObject({
        kind: 'APIGroup',
        name,
        versions,
        preferredVersion,
      });
      must(await server.get(`/apis/${preferredVersion.groupVersion}`));
    }
  });

  it('should locate the groupVersion and a resource within each APIGroup [Conformance]', async () => {
    const { server } = cluster();
    const { groups } = must(await server.get('/apis'));
    for (const { versions } of groups) {
      for (const { groupVersion } of versions) {
        const list = must(await server.get(`/apis/${groupVersion}`));
        expect(list).toMatchObject({ kind: 'APIResourceList', groupVersion });
        expect(list.resources[0]).toMatchObject({
          name: expect.any(String),
          kind: expect.any(String),
          verbs: expect.any(Array),
        });
      }
    }
  });
});

describe('[sig-api-machinery] AggregatedDiscovery', () => {
  const groupsOf = async (accept: string) => must(await cluster().server.get('/apis', { headers: { accept } }));

  it('should support aggregated discovery interface for CRDs [Conformance]', async () => {
    const definition = await define(cluster(), newDefinition());
    const { items } = await groupsOf(`${aggregated},application/json`);
    const found = items.find((item: Json) => item.metadata.name === definition.spec.group);
    expect(found.versions).toEqual([
      expect.objectContaining({
        version: 'v1',
        resources: [
          expect.objectContaining({
            resource: definition.spec.names.plural,
            scope: 'Namespaced',
            responseKind: { group: definition.spec.group, version: 'v1', kind: definition.spec.names.kind },
          }),
        ],
      }),
    ]);
  });

  it('should support raw aggregated discovery request for CRDs [Conformance]', async () => {
    const definition = await define(cluster(), newDefinition({ scope: 'Cluster' }));
    const answer = await cluster().server.get('/apis', { headers: { accept: aggregated } });
    expect(answer.headers['content-type']).toBe(aggregated);
    const resources = answer.json.items.flatMap((item: Json) =>
      item.versions.flatMap((version: Json) => version.resources),
    );
    expect(resources.map((each: Json) => each.resource)).toContain(definition.spec.names.plural);
  });
});
