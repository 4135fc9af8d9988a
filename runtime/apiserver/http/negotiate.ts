import { StatusError } from '../../kube/status-error';

export type Format = 'json' | 'yaml' | 'protobuf';

/** The form in which a client wants objects. */
export interface Representation {
  as: 'object' | 'table' | 'metadata';
  /** Of `table` and `metadata`: the version of meta.k8s.io in which it is sent. */
  metaVersion: 'v1' | 'v1beta1';
  format: Format;
}

/** What an answer can be had in beside JSON and YAML as it is. */
export interface Offer {
  /** Kinds that are built in have a protobuf form. */
  protobuf?: boolean;
  /** Objects can be had as rows of a table, or as their metadata alone. */
  transforms?: boolean;
  /** A stream of events: YAML has no form for it. */
  stream?: boolean;
}

export const mediaTypes: Record<Format, string> = {
  json: 'application/json',
  yaml: 'application/yaml',
  protobuf: 'application/vnd.kubernetes.protobuf',
};

const plain: Representation = { as: 'object', metaVersion: 'v1', format: 'json' };
const transforms: Record<string, 'table' | 'metadata'> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};

/** One media type of an Accept header. */
export interface Clause {
  type: string;
  parameters: ReadonlyMap<string, string>;
}

/** Headers that were read lately: clients send the same few again and again. */
const read = new Map<string, Clause[]>();
const keptHeaders = 256;

/** The media types that a header names, the most wanted first; those of the same quality as they stand. */
export function readAccept(accept: string): Clause[] {
  const known = read.get(accept);
  if (known) return known;
  const clauses = accept
    .split(',')
    .map((text) => {
      const [type = '', ...rest] = text.split(';').map((part) => part.trim());
      const parameters = new Map<string, string>();
      for (const part of rest) {
        const [name = '', value = ''] = part.split('=', 2);
        parameters.set(name.toLowerCase(), value.replace(/^"(.*)"$/, '$1'));
      }
      return { type: type.toLowerCase(), parameters, quality: qualityOf(parameters.get('q')) };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
  if (read.size >= keptHeaders) read.clear();
  read.set(accept, clauses);
  return clauses;
}

function qualityOf(text: string | undefined): number {
  const quality = text === undefined ? 1 : Number(text);
  return quality >= 0 && quality <= 1 ? quality : 1;
}

/** The form that a client wants most of those that can be had. @throws StatusError 406 when there is none */
export function negotiate(accept: string | undefined, offer: Offer): Representation {
  if (!accept || accept === 'application/json' || accept === '*/*') return plain;
  for (const { type, parameters } of readAccept(accept)) {
    const format = formatOf(type, offer);
    if (!format) continue;
    const as = parameters.get('as');
    if (as === undefined) return { ...plain, format };
    const version = parameters.get('v');
    if (!offer.transforms || !Object.hasOwn(transforms, as) || parameters.get('g') !== 'meta.k8s.io') continue;
    if (version !== 'v1' && version !== 'v1beta1') continue;
    const form = transforms[as] as 'table' | 'metadata';
    // A Table holds values of any type, for which protobuf has no form.
    if (form === 'table' && format === 'protobuf') continue;
    return { as: form, metaVersion: version, format };
  }
  const offered = [mediaTypes.json, ...(offer.stream ? [] : [mediaTypes.yaml])];
  if (offer.protobuf) offered.push(mediaTypes.protobuf);
  throw new StatusError('NotAcceptable', `only the following media types are accepted: ${offered.join(', ')}`);
}

function formatOf(type: string, { protobuf, stream }: Offer): Format | undefined {
  switch (type) {
    case mediaTypes.json:
    case 'application/*':
    case '*/*':
      return 'json';
    case mediaTypes.yaml:
      return stream ? undefined : 'yaml';
    case mediaTypes.protobuf:
      return protobuf ? 'protobuf' : undefined;
    default:
      return undefined;
  }
}
