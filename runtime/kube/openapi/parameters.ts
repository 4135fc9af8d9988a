import type { OpenApi } from './schemas';

const query = (name: string, type: string): OpenApi => ({
  in: 'query',
  name,
  schema: { type, uniqueItems: true },
});

const path = (name: string): OpenApi => ({
  in: 'path',
  name,
  required: true,
  schema: { type: 'string', uniqueItems: true },
});

export const nameParameter = path('name');
export const namespaceParameter = path('namespace');
const pretty = query('pretty', 'string');

const write = [query('dryRun', 'string'), query('fieldManager', 'string'), query('fieldValidation', 'string')];
const deletion = [
  query('dryRun', 'string'),
  query('gracePeriodSeconds', 'integer'),
  query('orphanDependents', 'boolean'),
  query('propagationPolicy', 'string'),
];
const list = [
  query('allowWatchBookmarks', 'boolean'),
  query('continue', 'string'),
  query('fieldSelector', 'string'),
  query('labelSelector', 'string'),
  query('limit', 'integer'),
  query('resourceVersion', 'string'),
  query('resourceVersionMatch', 'string'),
  query('sendInitialEvents', 'boolean'),
  query('timeoutSeconds', 'integer'),
  query('watch', 'boolean'),
];

/** The query parameters of an action; kubectl looks here for what the server can do (`dryRun`, `fieldValidation`). */
export const actionParameters: Record<string, OpenApi[]> = {
  get: [pretty],
  list: [pretty, ...list],
  post: [pretty, ...write],
  put: [pretty, ...write],
  patch: [pretty, ...write, query('force', 'boolean')],
  delete: [pretty, ...deletion],
  deletecollection: [pretty, ...list, ...deletion],
};
