import type { Kind } from '../../kube/kind';
import { groupVersionPath, openApiDocument, openApiIndex } from '../../kube/openapi';
import type { KindCatalog } from '../catalog/catalog';
import { openApiV2 } from './openapi-v2';

/** The OpenAPI v3 documents, made when first asked for: most servers' lifetimes see few of them. */
export class OpenApiDocuments {
  private documents: Map<string, string> | undefined;

  constructor(
    private readonly catalog: KindCatalog,
    private readonly version: string,
  ) {
    catalog.onChange(() => {
      this.documents = undefined;
    });
  }

  /** `/openapi/v3`. */
  index(): unknown {
    return openApiIndex(this.all());
  }

  /** `/openapi/v3/<path>` as JSON text; undefined for a path that has none. */
  document(path: string): string | undefined {
    return this.all().get(path);
  }

  /** `/openapi/v2`, in the form that the client accepts. */
  v2(accept: string) {
    return openApiV2(this.version, accept);
  }

  private all(): Map<string, string> {
    if (!this.documents) {
      const groups = new Map<string, Kind[]>();
      for (const kind of this.catalog.list()) {
        const path = groupVersionPath(kind.resource);
        groups.set(path, [...(groups.get(path) ?? []), kind]);
      }
      this.documents = new Map(
        [...groups].map(([path, kinds]) => [path, JSON.stringify(openApiDocument(kinds, this.version))]),
      );
    }
    return this.documents;
  }
}
