import type { Kind } from '../../kube/kind';
import { apiVersionOf } from '../../kube/resource';
import { StatusError } from '../../kube/status-error';
import { CompactedError } from '../../store/store';
import type { Clock } from '../../util/clock';
import type { Cache } from '../watch/cache';
import { joinJson } from '../watch/resource-cache';
import { type ContinueToken, decodeContinue, encodeContinue } from './continue-token';
import { entryAs } from './read';
import { parseResourceVersion, waitForRevision } from './resource-version';
import { Selection, type SelectionQuery } from './selection';
import { kindPrefix } from './store-key';
import type { StoredObject } from './stored-object';

export interface ListOptions extends SelectionQuery {
  limit?: number;
  continue?: string;
  resourceVersion?: string;
  resourceVersionMatch?: string;
}

/** One page of a list. */
export interface ListPage {
  items: StoredObject[];
  resourceVersion: number;
  continue?: string;
  remainingItemCount?: number;
  /** The JSON of the items, where it is shared with others who list the same. @default made of the items */
  itemsJson?(): Buffer;
}

/**
 * Lists a kind's objects. The present is read from the cache, older states (a continued list, an exact version) from
 * the store.
 * @throws StatusError 400 for options that do not go together, 410 for a version no longer kept
 */
export async function listObjects(
  { cache, clock }: { cache: Cache; clock: Clock },
  kind: Kind,
  options: ListOptions,
): Promise<ListPage> {
  const selection = new Selection(kind, options);
  const version = parseResourceVersion(options.resourceVersion);
  checkMatch(options, version);
  if (options.continue) {
    if (version) throw new StatusError('BadRequest', 'specifying resource version is not allowed when using continue');
    const token = decodeContinue(options.continue, selection.prefix);
    return older(cache, kind, selection, token, options.limit ?? 0);
  }
  if (options.resourceVersionMatch === 'Exact' && version !== undefined) {
    await waitForRevision(cache, clock, version);
    return older(cache, kind, selection, { revision: version, after: '' }, options.limit ?? 0);
  }
  if (version === undefined) await cache.fresh();
  else await waitForRevision(cache, clock, version);
  const revision = cache.revision;
  const resource = cache.resource(kindPrefix(kind));
  const stored = resource.list(selection.prefix);
  const limit = options.limit || Number.POSITIVE_INFINITY;
  const all = kind.storage ? stored.map((object) => object.as(kind)) : stored;
  const page = { ...cut(all, selection, limit, revision), resourceVersion: revision };
  if (page.items !== stored) return page;
  const { changes } = resource;
  return { ...page, itemsJson: () => resource.listJson(selection.prefix, stored, changes) };
}

function checkMatch(options: ListOptions, version: number | undefined): void {
  const match = options.resourceVersionMatch;
  if (!match) return;
  const fail = (why: string) => new StatusError('BadRequest', `resourceVersionMatch ${JSON.stringify(match)}: ${why}`);
  if (match !== 'Exact' && match !== 'NotOlderThan') throw fail('supported values: "Exact", "NotOlderThan"');
  if (options.continue) throw fail('is forbidden with continue');
  if (version === undefined) throw fail('is forbidden unless resourceVersion is provided');
  if (match === 'Exact' && version === 0) throw fail('is forbidden for resourceVersion "0"');
}

/** The first `limit` selected ones of `all`, and where the list goes on. */
function cut(
  all: StoredObject[],
  selection: Selection,
  limit: number,
  revision: number,
): Pick<ListPage, 'items' | 'continue' | 'remainingItemCount'> {
  if (selection.all && all.length <= limit) return { items: all };
  const items: StoredObject[] = [];
  let more = false;
  for (const object of all) {
    if (!selection.matches(object)) continue;
    if (items.length === limit) {
      more = true;
      break;
    }
    items.push(object);
  }
  const last = items.at(-1);
  if (!more || !last) return { items };
  return {
    items,
    continue: encodeContinue({ revision, after: last.key }, selection.prefix),
    // As in Kubernetes, only a list without selectors counts what remains.
    ...(selection.all ? { remainingItemCount: all.length - items.length } : {}),
  };
}

async function older(
  cache: Cache,
  kind: Kind,
  selection: Selection,
  from: ContinueToken,
  limit: number,
): Promise<ListPage> {
  try {
    const { entries, revision, remaining } = await cache.store.list(selection.prefix, {
      ...(from.revision ? { revision: from.revision } : {}),
      ...(from.after ? { after: from.after } : {}),
      // With selectors nobody knows how many entries make a page.
      ...(selection.all ? { limit } : {}),
    });
    const all = entries.map((entry) => entryAs(kind, entry));
    const last = all.at(-1);
    if (!selection.all) {
      return { ...cut(all, selection, limit || Number.POSITIVE_INFINITY, revision), resourceVersion: revision };
    }
    if (!remaining || !last) return { items: all, resourceVersion: revision };
    const next = encodeContinue({ revision, after: last.key }, selection.prefix);
    return { items: all, resourceVersion: revision, continue: next, remainingItemCount: remaining };
  } catch (error) {
    if (error instanceof CompactedError) throw expiredList(selection, from);
    throw error;
  }
}

/** 410 with a token to go on with at the present, for clients that would rather have that than start over. */
function expiredList(selection: Selection, from: ContinueToken): StatusError {
  if (!from.after) return new StatusError('Expired', `The resourceVersion for the provided list is too old.`);
  const error = new StatusError(
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
      'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
      'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
      'deleted between the time the first chunk was returned and now may show up in the list.',
  );
  error.continue = encodeContinue({ revision: 0, after: from.after }, selection.prefix);
  return error;
}

export function listMetadata({ resourceVersion, continue: token, remainingItemCount }: ListPage) {
  return {
    resourceVersion: String(resourceVersion),
    ...(token ? { continue: token } : {}),
    ...(remainingItemCount ? { remainingItemCount } : {}),
  };
}

export function listKindOf({ resource, listKind }: Pick<Kind, 'resource' | 'listKind'>): string {
  return listKind ?? `${resource.kind}List`;
}

/** The JSON of a page in pieces: a concatenation of what is stored. */
export function encodeList(kind: Kind, page: ListPage): [head: Buffer, items: Buffer, end: Buffer] {
  const meta = listMetadata(page);
  const head = `{"kind":"${listKindOf(kind)}","apiVersion":"${apiVersionOf(kind.resource)}","metadata":${JSON.stringify(meta)},"items":[`;
  return [Buffer.from(head), page.itemsJson?.() ?? joinJson(page.items), end];
}

const end = Buffer.from(']}\n');
