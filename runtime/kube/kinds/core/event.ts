import type { Event } from '../../generated/types';
import { ageSince } from '../../human-duration';
import type { Kind } from '../../kind';
import { events } from '../../resource';
import { integerColumn, nameColumn, textColumn, wide } from '../shared/columns';
import { checkEventNamespace } from '../shared/event-namespace';
import { checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

const firstSeen = (event: Event) => event.firstTimestamp ?? event.eventTime;
const lastSeen = (event: Event) => event.series?.lastObservedTime ?? event.lastTimestamp ?? firstSeen(event);

export const eventKind: Kind<Event> = {
  resource: events,
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  schema: builtInSchema(events),
  subresources: {},
  replaceCreates: true,
  validate: (event) => [
    ...checkObjectMeta(event.metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkEventNamespace(event.metadata.namespace, event.involvedObject?.namespace, event.eventTime),
  ],
  validateUpdate: ({ metadata }, old) => checkObjectMetaUpdate(metadata, old.metadata),
  columns: [
    textColumn('Last Seen', 'When this last happened.', (event, now) => ageSince(lastSeen(event), now)),
    textColumn('Type', 'Normal or Warning.', ({ type }) => type ?? ''),
    textColumn('Reason', 'Why, in one word.', ({ reason }) => reason ?? ''),
    textColumn('Object', 'What this is about.', ({ involvedObject: { kind, name } = {} }) => {
      return name ? `${kind?.toLowerCase() ?? ''}/${name}` : (kind?.toLowerCase() ?? '');
    }),
    wide(textColumn('Subobject', 'The part of it.', ({ involvedObject }) => involvedObject?.fieldPath ?? '')),
    wide(textColumn('Source', 'Who noticed.', source)),
    textColumn('Message', 'What happened.', ({ message }) => (message ?? '').trim()),
    wide(textColumn('First Seen', 'When this first happened.', (event, now) => ageSince(firstSeen(event), now))),
    wide(integerColumn('Count', 'How often.', ({ series, count }) => (series ? (series.count ?? 0) : count || 1))),
    wide(nameColumn()),
  ],
  selectableFields: {
    'involvedObject.kind': ({ involvedObject }) => involvedObject?.kind ?? '',
    'involvedObject.namespace': ({ involvedObject }) => involvedObject?.namespace ?? '',
    'involvedObject.name': ({ involvedObject }) => involvedObject?.name ?? '',
    'involvedObject.uid': ({ involvedObject }) => involvedObject?.uid ?? '',
    'involvedObject.apiVersion': ({ involvedObject }) => involvedObject?.apiVersion ?? '',
    'involvedObject.resourceVersion': ({ involvedObject }) => involvedObject?.resourceVersion ?? '',
    'involvedObject.fieldPath': ({ involvedObject }) => involvedObject?.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingComponent: ({ reportingComponent }) => reportingComponent ?? '',
    source: (event) => event.source?.component || event.reportingComponent || '',
    type: ({ type }) => type ?? '',
  },
};

function source({ source: from, reportingComponent, reportingInstance }: Event): string {
  const component = from?.component || reportingComponent || '';
  const host = from?.host || reportingInstance;
  return host ? `${component}, ${host}` : component;
}
