import { createHash } from 'node:crypto';
import type { Kind } from '../../kube/kind';
import {
  encodeSwagger,
  groupVersionPath,
  type OpenApi,
  openApiDocument,
  openApiIndex,
  swaggerDocument,
} from '../../kube/openapi';
import type { KindCatalog } from '../catalog/catalog';

/** kubectl asks with an @ before the version, which is no media type that could be answered with. */
const protobufType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

interface Tagged {
  body: Buffer;
  etag: string;
}

interface Document {
  kinds: readonly Kind[];
  text: string;
}

/**
 * The OpenAPI documents, made when first asked for: most servers' lifetimes see few of them. When kinds come, change or
 * go, only the documents of their groups are made anew.
 */
export class OpenApiDocuments {
  private documents = new Map<string, Document>();
  private current = false;
  private swagger: Tagged | undefined;
  private swaggerProtobuf: Tagged | undefined;

  constructor(
    private readonly catalog: KindCatalog,
    private readonly version: string,
  ) {
    catalog.onChange(() => {
      this.current = false;
      this.swagger = undefined;
      this.swaggerProtobuf = undefined;
    });
  }

  /** `/openapi/v3`. */
  index(): unknown {
    return openApiIndex(new Map([...this.all()].map(([path, { text }]) => [path, text])));
  }

  /** `/openapi/v3/<path>` as JSON text; undefined for a path that has none. */
  document(path: string): string | undefined {
    return this.all().get(path)?.text;
  }

  /** `/openapi/v2`, in the form that the client accepts. */
  v2(accept: string): { type: string; body: Buffer; etag?: string } {
    if (accept.includes('proto-openapi.spec.v2')) {
      this.swaggerProtobuf ??= withEtag(encodeSwagger(this.swaggerOfAll()));
      return { type: protobufType, ...this.swaggerProtobuf };
    }
    this.swagger ??= withEtag(Buffer.from(JSON.stringify(this.swaggerOfAll())));
    return { type: 'application/json', ...this.swagger };
  }

  private swaggerOfAll(): OpenApi {
    const documents = [...this.all().values()].map(({ text }) => JSON.parse(text) as OpenApi);
    return swaggerDocument(documents, this.version);
  }

  private all(): Map<string, Document> {
    if (this.current) return this.documents;
    const groups = new Map<string, Kind[]>();
    for (const kind of this.catalog.list()) {
      const path = groupVersionPath(kind.resource);
      groups.set(path, [...(groups.get(path) ?? []), kind]);
    }
    const before = this.documents;
    this.documents = new Map([...groups].map(([path, kinds]) => [path, this.make(kinds, before.get(path))]));
    this.current = true;
    return this.documents;
  }

  private make(kinds: readonly Kind[], known: Document | undefined): Document {
    const same = known?.kinds.length === kinds.length && kinds.every((kind, index) => kind === known.kinds[index]);
    return same ? known : { kinds, text: JSON.stringify(openApiDocument(kinds, this.version)) };
  }
}

function withEtag(body: Buffer): Tagged {
  return { body, etag: createHash('sha256').update(body).digest('hex').toUpperCase() };
}
