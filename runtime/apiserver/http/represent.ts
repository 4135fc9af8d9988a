import { stringify } from 'yaml';
import type { Kind } from '../../kube/kind';
import { encodeList, type ListPage } from '../registry/list';
import type { StoredObject } from '../registry/stored-object';
import { type Exchange, send } from './exchange';
import { negotiate, type Representation } from './negotiate';
import { includeObjectOf, toPartial, toTable } from './table';

/** Answers with one object in the form the client asked for. */
export async function sendObject(
  exchange: Exchange,
  kind: Kind,
  code: number,
  object: StoredObject,
  now: number,
): Promise<void> {
  const form = negotiate(exchange.request.headers.accept);
  if (form.as === 'object') {
    if (form.format === 'json') return send(exchange, code, object.json);
    return sendYaml(exchange, code, object.object);
  }
  const value =
    form.as === 'metadata'
      ? toPartial(object.object, form.metaVersion)
      : tableOf(exchange, kind, [object], form, now, { resourceVersion: String(object.revision) });
  return sendForm(exchange, code, value, form);
}

/** Answers with a page of a list in the form the client asked for. */
export async function sendList(exchange: Exchange, kind: Kind, page: ListPage, now: number): Promise<void> {
  const form = negotiate(exchange.request.headers.accept);
  if (form.as === 'object' && form.format === 'json') return send(exchange, 200, encodeList(kind, page));
  if (form.as === 'object') return sendYaml(exchange, 200, JSON.parse(encodeList(kind, page).toString('utf8')));
  const { resourceVersion, continue: token, remainingItemCount } = page;
  const metadata = {
    resourceVersion: String(resourceVersion),
    ...(token ? { continue: token } : {}),
    ...(remainingItemCount ? { remainingItemCount } : {}),
  };
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

/** Answers with a value that no form changes (a Scale, a Status). */
export function sendValue(exchange: Exchange, code: number, value: unknown): Promise<void> {
  return sendForm(exchange, code, value, negotiate(exchange.request.headers.accept));
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

function sendForm(exchange: Exchange, code: number, value: unknown, { format }: Representation): Promise<void> {
  if (format === 'yaml') return sendYaml(exchange, code, value);
  return send(exchange, code, Buffer.from(`${JSON.stringify(value)}\n`));
}

function sendYaml(exchange: Exchange, code: number, value: unknown): Promise<void> {
  return send(exchange, code, Buffer.from(stringify(value)), 'application/yaml');
}
