import { createHash } from 'node:crypto';
import type { Kind } from '../kind';
import { apiVersionOf } from '../resource';
import { typeNameOf } from '../schemas';
import { publishedSchema } from './custom';
import { actionParameters, nameParameter, namespaceParameter } from './parameters';
import { Components, type OpenApi, refTo } from './schemas';

/** What a document tells of a kind. */
export type DescribedKind = Pick<
  Kind,
  'resource' | 'schema' | 'subresources' | 'writePaths' | 'verbs' | 'listKind' | 'custom' | 'selectableFields'
>;

const META = 'io.k8s.apimachinery.pkg.apis.meta.v1';
const PATCH_TYPES = [
  'application/apply-patch+yaml',
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
];

/** Where the group and version of a kind are served: `api/v1`, `apis/apps/v1`. */
export function groupVersionPath({ group, version }: { group: string; version: string }): string {
  return group ? `apis/${group}/${version}` : `api/${version}`;
}

/**
 * The OpenAPI v3 document of one group and version, with all that kubectl's explain, apply, diff and validation read
 * from it. Descriptions are left out.
 */
export function openApiDocument(kinds: readonly DescribedKind[], serverVersion: string): OpenApi {
  const components = new Components();
  components.named(`${META}.Status`);
  const paths: Record<string, OpenApi> = {};
  for (const kind of kinds) Object.assign(paths, new KindPaths(kind, components).all());
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: serverVersion },
    paths,
    components: { schemas: components.schemas },
  };
}

/** The document that lists the others; the hash lets clients cache them for good. */
export function openApiIndex(documents: ReadonlyMap<string, string>): OpenApi {
  const paths = [...documents].map(([path, text]) => {
    const hash = createHash('sha256').update(text).digest('hex').toUpperCase();
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
  });
  return { paths: Object.fromEntries(paths) };
}

class KindPaths {
  private readonly gvk: { group: string; kind: string; version: string };
  private readonly type: string;
  private readonly listType: string;

  constructor(
    private readonly kind: DescribedKind,
    private readonly components: Components,
  ) {
    const { group, version, kind: name } = kind.resource;
    this.gvk = { group, kind: name, version };
    const { custom, selectableFields = {} } = kind;
    this.type = this.describe(name, () =>
      custom
        ? publishedSchema(custom.published, components.named(`${META}.ObjectMeta`), Object.keys(selectableFields))
        : components.convert(kind.schema),
    );
    this.listType = this.describe(kind.listKind ?? `${name}List`, () => ({
      type: 'object',
      required: ['items'],
      properties: {
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: components.named(`${META}.ListMeta`),
        items: { type: 'array', items: refTo(this.type) },
      },
    }));
  }

  /** Adds the component of a kind, under its built-in name or one made of its group. */
  private describe(kind: string, custom: () => OpenApi): string {
    const { group, version } = this.kind.resource;
    const builtIn = typeNameOf(apiVersionOf(this.kind.resource), kind);
    const name = builtIn ?? [...group.split('.').reverse(), version, kind].join('.');
    if (builtIn) this.components.named(builtIn);
    else this.components.schemas[name] = custom();
    const schema = this.components.schemas[name] as OpenApi;
    this.components.schemas[name] = { ...schema, 'x-kubernetes-group-version-kind': [{ group, kind, version }] };
    return name;
  }

  all(): Record<string, OpenApi> {
    const { resource, subresources, writePaths = {} } = this.kind;
    const root = `/${groupVersionPath(resource)}`;
    const base = `${root}${resource.namespaced ? '/namespaces/{namespace}' : ''}/${resource.plural}`;
    const paths: Record<string, OpenApi> = {
      [base]: this.operations(['list', 'post', 'deletecollection'], this.parametersOf(base)),
      [`${base}/{name}`]: this.operations(['get', 'put', 'patch', 'delete'], this.parametersOf(`${base}/{name}`)),
    };
    if (resource.namespaced) paths[`${root}/${resource.plural}`] = this.operations(['list'], []);
    for (const name of [...(subresources.status ? ['status'] : []), ...Object.keys(writePaths)]) {
      const path = `${base}/{name}/${name}`;
      paths[path] = this.operations(['get', 'put', 'patch'], this.parametersOf(path), this.type, capitalize(name));
    }
    if (subresources.scale) paths[`${base}/{name}/scale`] = this.scale(`${base}/{name}/scale`);
    return paths;
  }

  private scale(path: string): OpenApi {
    const scale = typeNameOf('autoscaling/v1', 'Scale') as string;
    this.components.named(scale);
    const gvk = { group: 'autoscaling', kind: 'Scale', version: 'v1' };
    return this.operations(['get', 'put', 'patch'], this.parametersOf(path), scale, 'Scale', gvk);
  }

  private parametersOf(path: string): OpenApi[] {
    return [
      ...(path.includes('{name}') ? [nameParameter] : []),
      ...(path.includes('{namespace}') ? [namespaceParameter] : []),
    ];
  }

  private operations(
    actions: string[],
    parameters: OpenApi[],
    type = this.type,
    suffix = '',
    gvk: OpenApi = this.gvk,
  ): OpenApi {
    const served = this.kind.verbs;
    const operations = actions
      .filter((action) => !served || served.includes(verbs[action] ?? action))
      .map((action) => [methods[action] ?? action, this.operation(action, type, suffix, gvk, parameters.length)]);
    return { ...Object.fromEntries(operations), ...(parameters.length ? { parameters } : {}) };
  }

  private operation(action: string, type: string, suffix: string, gvk: OpenApi, depth: number): OpenApi {
    const { group, version, kind, namespaced } = this.kind.resource;
    const groupName = capitalize(group.split('.')[0] || 'core');
    const scope = namespaced ? (depth === 0 ? '' : 'Namespaced') : '';
    const everywhere = namespaced && depth === 0 ? 'ForAllNamespaces' : '';
    const result = action === 'list' ? this.listType : action.startsWith('delete') ? `${META}.Status` : type;
    return {
      operationId: `${operationNames[action]}${groupName}${capitalize(version)}${scope}${kind}${suffix}${everywhere}`,
      tags: [`${groupName.toLowerCase()}_${version}`],
      parameters: actionParameters[action] as OpenApi[],
      ...this.requestBody(action, type),
      responses: { 200: { description: 'OK', content: { 'application/json': { schema: refTo(result) } } } },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': gvk,
    };
  }

  private requestBody(action: string, type: string): OpenApi {
    if (action === 'patch') {
      const schema = this.components.named(`${META}.Patch`);
      return {
        requestBody: { required: true, content: Object.fromEntries(this.patchTypes().map((t) => [t, { schema }])) },
      };
    }
    if (action === 'post' || action === 'put') {
      return { requestBody: { required: true, content: { '*/*': { schema: refTo(type) } } } };
    }
    if (!action.startsWith('delete')) return {};
    return { requestBody: { content: { '*/*': { schema: this.components.named(`${META}.DeleteOptions`) } } } };
  }

  /** Strategic merge needs patch strategies, which only built-in types have. */
  private patchTypes(): string[] {
    const { kind } = this.kind.resource;
    return typeNameOf(apiVersionOf(this.kind.resource), kind) ? PATCH_TYPES : PATCH_TYPES.slice(0, 3);
  }
}

const methods: Record<string, string> = { list: 'get', deletecollection: 'delete' };
const verbs: Record<string, string> = { post: 'create', put: 'update' };
const operationNames: Record<string, string> = {
  list: 'list',
  get: 'read',
  post: 'create',
  put: 'replace',
  patch: 'patch',
  delete: 'delete',
  deletecollection: 'deleteCollection',
};

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
