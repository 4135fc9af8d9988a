import { stringify } from 'yaml';
import type { Kind } from '../../kube/kind';
import { encodeProtobuf, encodeProtobufList, inEnvelope } from '../../kube/protobuf';
import { apiVersionOf } from '../../kube/resource';
import { encodeList, type ListPage, listKindOf, listMetadata } from '../registry/list';
import { hasProtobuf, type StoredObject } from '../registry/stored-object';
import { type Exchange, send } from './exchange';
import { mediaTypes, negotiate, type Representation } from './negotiate';
import { includeObjectOf, toPartial, toTable } from './table';

/** The form in which objects of a kind are to be sent. @throws StatusError 406 */
export function formOf({ request }: Pick<Exchange, 'request'>, kind: Kind): Representation {
  // A review is answered and not kept: it has no metadata to show, and no rows.
  const transforms = kind.verbs === undefined || kind.verbs.includes('get') || kind.verbs.includes('list');
  return negotiate(request.headers.accept, { protobuf: hasProtobuf(kind), transforms });
}

/** Answers with one object in the form the client asked for. */
export async function sendObject(
  exchange: Exchange,
  kind: Kind,
  code: number,
  object: StoredObject,
  now: number,
): Promise<void> {
  const form = formOf(exchange, kind);
  if (form.as === 'object') {
    if (form.format === 'json') return send(exchange, code, object.json);
    if (exchange.audit.wantsResponse) exchange.audit.responseObject(object.json);
    if (form.format === 'yaml') return sendYaml(exchange, code, object.object);
    const { resource } = kind;
    const body = inEnvelope(apiVersionOf(resource), resource.kind, object.message(kind.schema));
    return send(exchange, code, body, mediaTypes.protobuf);
  }
  const value =
    form.as === 'metadata'
      ? toPartial(object.object, form.metaVersion)
      : tableOf(exchange, kind, [object], form, now, { resourceVersion: String(object.revision) });
  return sendForm(exchange, code, value, form);
}

/** Answers with a page of a list in the form the client asked for. */
export async function sendList(exchange: Exchange, kind: Kind, page: ListPage, now: number): Promise<void> {
  const form = formOf(exchange, kind);
  const metadata = listMetadata(page);
  if (form.as === 'object') {
    if (form.format === 'json') return send(exchange, 200, encodeList(kind, page));
    if (exchange.audit.wantsResponse) exchange.audit.responseObject(Buffer.concat(encodeList(kind, page)));
    if (form.format === 'yaml')
      return sendYaml(exchange, 200, JSON.parse(Buffer.concat(encodeList(kind, page)).toString('utf8')));
    const items = page.items.map((item) => item.message(kind.schema));
    const { resource } = kind;
    const body = encodeProtobufList(apiVersionOf(resource), listKindOf(kind), metadata, items);
    return send(exchange, 200, body, mediaTypes.protobuf);
  }
  if (form.as === 'table')
    return sendForm(exchange, 200, tableOf(exchange, kind, page.items, form, now, metadata), form);
  const list = {
    kind: 'PartialObjectMetadataList',
    apiVersion: `meta.k8s.io/${form.metaVersion}`,
    metadata,
    items: page.items.map((item) => toPartial(item.object, form.metaVersion)),
  };
  return sendForm(exchange, 200, list, form);
}

/** Answers with a value that has no rows and no metadata of its own (a Scale, a Status, a review). */
export function sendValue<T extends { apiVersion: string; kind: string }>(
  exchange: Exchange,
  code: number,
  value: T,
): Promise<void> {
  return sendForm(exchange, code, value, negotiate(exchange.request.headers.accept, { protobuf: true }));
}

function tableOf(
  { info }: Exchange,
  kind: Kind,
  items: readonly StoredObject[],
  { metaVersion }: Representation,
  now: number,
  metadata: Record<string, unknown>,
) {
  const includeObject = includeObjectOf(info.query);
  return toTable(kind, items, { metaVersion, includeObject, now, withColumns: true, metadata });
}

function sendForm(
  exchange: Exchange,
  code: number,
  value: { apiVersion: string; kind: string },
  { format }: Representation,
): Promise<void> {
  const json = () => Buffer.from(`${JSON.stringify(value)}\n`);
  if (format === 'json') return send(exchange, code, json());
  if (exchange.audit.wantsResponse) exchange.audit.responseObject(json());
  if (format === 'yaml') return sendYaml(exchange, code, value);
  const body = encodeProtobuf(value);
  return body ? send(exchange, code, body, mediaTypes.protobuf) : send(exchange, code, json());
}

function sendYaml(exchange: Exchange, code: number, value: unknown): Promise<void> {
  return send(exchange, code, Buffer.from(stringify(value)), mediaTypes.yaml);
}
