import type { Json, TestServer } from '../harness';

export const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
export const group = 'shop.example.com';

/** A definition of namespaced `widgets` in one version, `v1`; `version` is laid over it. */
export function definition(
  schema: object,
  version: object = {},
  spec: object = {},
  plural = 'widgets',
  kind = 'Widget',
): Json {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, ...version }],
      ...spec,
    },
  };
}

/** Creates a definition and waits until it is established. @throws Error with the answer when it is refused */
export async function define(server: TestServer, body: Json): Promise<Json> {
  const made = await server.post(definitionsPath, body);
  if (made.status !== 201) throw new Error(made.text);
  return established(server, body.metadata.name);
}

export function established(server: TestServer, name: string): Promise<Json> {
  return watchUntil(server, name, ({ object }) => condition(object, 'Established')?.status === 'True');
}

/** Waits until a definition is gone. */
export async function gone(server: TestServer, name: string): Promise<void> {
  const { metadata, items } = (await server.get(definitionsPath)).json;
  if (!items.some((item: Json) => item.metadata.name === name)) return;
  await watchUntil(server, name, ({ type }) => type === 'DELETED', `&resourceVersion=${metadata.resourceVersion}`);
}

export async function watchUntil(
  server: TestServer,
  name: string,
  wanted: (event: Json) => boolean,
  from = '',
): Promise<Json> {
  const watch = await server.watch(`${definitionsPath}?watch=1&fieldSelector=metadata.name%3D${name}${from}`);
  try {
    for (;;) {
      const event = await watch.next();
      if (event === undefined) throw new Error(`the watch of ${name} ended`);
      if (wanted(event)) return event.object;
    }
  } finally {
    watch.close();
  }
}

export function condition(object: Json, type: string): Json {
  return object.status?.conditions?.find((each: Json) => each.type === type);
}

export const widgetsPath = `/apis/${group}/v1/namespaces/default/widgets`;

export function widget(name: string, content: object = {}, apiVersion = `${group}/v1`): Json {
  return { apiVersion, kind: 'Widget', metadata: { name }, ...content };
}
