import { StatusError } from '../../kube/status-error';

/** The form in which a client wants objects. */
export interface Representation {
  as: 'object' | 'table' | 'metadata';
  /** Of `table` and `metadata`: the version of meta.k8s.io in which it is sent. */
  metaVersion: 'v1' | 'v1beta1';
  format: 'json' | 'yaml';
}

const plain: Representation = { as: 'object', metaVersion: 'v1', format: 'json' };
const transforms: Record<string, 'table' | 'metadata'> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};

/**
 * The first form in an Accept header that we serve. Order decides, as in Kubernetes; quality values do not.
 * @throws StatusError 406 when there is none
 */
export function negotiate(accept: string | undefined): Representation {
  if (!accept || accept === 'application/json' || accept === '*/*') return plain;
  for (const clause of accept.split(',')) {
    const [type, ...parameters] = clause.split(';').map((part) => part.trim());
    const format = formatOf(type);
    if (!format) continue;
    const named = new Map(parameters.map((p) => p.split('=', 2) as [string, string]));
    const as = named.get('as');
    if (as === undefined) return { ...plain, format };
    const version = named.get('v');
    if (!Object.hasOwn(transforms, as) || named.get('g') !== 'meta.k8s.io') continue;
    if (version !== 'v1' && version !== 'v1beta1') continue;
    return { as: transforms[as] as 'table' | 'metadata', metaVersion: version, format };
  }
  throw new StatusError(
    'NotAcceptable',
    'only the following media types are accepted: application/json, application/yaml',
  );
}

function formatOf(type: string | undefined): 'json' | 'yaml' | undefined {
  if (type === 'application/json' || type === 'application/*' || type === '*/*') return 'json';
  return type === 'application/yaml' ? 'yaml' : undefined;
}
