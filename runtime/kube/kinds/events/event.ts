import { invalid, required } from '../../field-errors';
import type { Event, EventsV1Event } from '../../generated/types';
import type { FieldError, Kind, PrinterColumn } from '../../kind';
import { checkQualifiedName } from '../../names';
import type { AnyObject } from '../../object';
import { events, eventsOfGroup } from '../../resource';
import { equalJson } from '../../schema-engine';
import { eventKind } from '../core/event';
import { checkEventNamespace } from '../shared/event-namespace';
import { checked } from '../shared/limits';
import { checkImmutable, checkObjectMeta, checkObjectMetaUpdate, nameRules } from '../shared/object-meta';
import { builtInSchema } from '../shared/schema';

/** Fields of events.k8s.io that core names otherwise. */
const coreNames = {
  reportingController: 'reportingComponent',
  regarding: 'involvedObject',
  note: 'message',
  deprecatedSource: 'source',
  deprecatedFirstTimestamp: 'firstTimestamp',
  deprecatedLastTimestamp: 'lastTimestamp',
  deprecatedCount: 'count',
} as const;

const maxWord = 128;
const maxNote = 1024;

/** An event as the newer API has it: who noticed what, stored as core's Event. */
export const groupEventKind: Kind<EventsV1Event> = {
  resource: eventsOfGroup,
  singular: 'event',
  shortNames: ['ev'],
  categories: [],
  schema: builtInSchema(eventsOfGroup),
  subresources: {},
  validate: (event) => [
    ...checkObjectMeta(event.metadata, { namespaced: true, name: nameRules.subdomain }),
    ...checkEventNamespace(event.metadata.namespace, event.regarding?.namespace, event.eventTime),
    // What was written as core's Event need not have these.
    ...(isCoreStyle(event) ? [] : checkEvent(event)),
  ],
  validateUpdate: checkUpdate,
  columns: eventKind.columns.map(
    (column): PrinterColumn<EventsV1Event> => ({ ...column, cell: (event, now) => column.cell(toCore(event), now) }),
  ),
  selectableFields: {
    'regarding.kind': ({ regarding }) => regarding?.kind ?? '',
    'regarding.namespace': ({ regarding }) => regarding?.namespace ?? '',
    'regarding.name': ({ regarding }) => regarding?.name ?? '',
    'regarding.uid': ({ regarding }) => regarding?.uid ?? '',
    'regarding.apiVersion': ({ regarding }) => regarding?.apiVersion ?? '',
    'regarding.resourceVersion': ({ regarding }) => regarding?.resourceVersion ?? '',
    'regarding.fieldPath': ({ regarding }) => regarding?.fieldPath ?? '',
    reason: ({ reason }) => reason ?? '',
    reportingController: ({ reportingController }) => reportingController ?? '',
    type: ({ type }) => type ?? '',
  },
  storage: {
    resource: events as unknown as Kind['resource'],
    read: (stored) => renamed(stored, 'events.k8s.io/v1', fromCoreNames),
    write: (event) => toCore(event as unknown as EventsV1Event) as unknown as AnyObject,
  },
};

const toCoreNames = new Map<string, string>(Object.entries(coreNames));
const fromCoreNames = new Map<string, string>(Object.entries(coreNames).map(([ours, core]) => [core, ours]));

function renamed(event: AnyObject, apiVersion: string, names: ReadonlyMap<string, string>): AnyObject {
  const fields = Object.entries(event).map(([key, value]) => [names.get(key) ?? key, value]);
  return { ...Object.fromEntries(fields), apiVersion } as AnyObject;
}

function toCore(event: EventsV1Event): Event {
  return renamed(event as unknown as AnyObject, 'v1', toCoreNames) as unknown as Event;
}

function isCoreStyle({ eventTime, deprecatedFirstTimestamp, deprecatedCount }: EventsV1Event): boolean {
  return !eventTime && Boolean(deprecatedFirstTimestamp || deprecatedCount);
}

/** The paths of errors are those of core's Event, as in Kubernetes, which checks both in one form. */
function checkEvent(event: EventsV1Event): FieldError[] {
  const { reportingController: controller, reportingInstance, action, reason, type = '', note = '' } = event;
  return [
    ...(event.eventTime ? [] : [required('eventTime')]),
    ...checkSeries(event),
    ...(controller
      ? checked('reportingController', controller, checkQualifiedName(controller))
      : [required('reportingController')]),
    ...checkText('reportingInstance', reportingInstance),
    ...checkText('action', action),
    ...checkText('reason', reason),
    ...(Buffer.byteLength(note) > maxNote ? [invalid('message', '', `can have at most ${maxNote} characters`)] : []),
    ...(type === 'Normal' || type === 'Warning' ? [] : [invalid('type', '', `has invalid value: ${type}`)]),
  ];
}

function checkText(field: string, value: string | undefined): FieldError[] {
  if (!value) return [required(field)];
  return value.length > maxWord ? [invalid(field, '', `can have at most ${maxWord} characters`)] : [];
}

function checkSeries({ series }: EventsV1Event): FieldError[] {
  if (!series) return [];
  return [
    ...((series.count ?? 0) < 2 ? [invalid('series.count', '', 'should be at least 2')] : []),
    ...(series.lastObservedTime ? [] : [required('series.lastObservedTime')]),
  ];
}

/** That it happened again is all that an update may say. */
function checkUpdate(event: EventsV1Event, old: EventsV1Event): FieldError[] {
  const now = toCore(event);
  const before = toCore(old);
  const fixed = (
    [
      'involvedObject',
      'reason',
      'message',
      'source',
      'firstTimestamp',
      'lastTimestamp',
      'count',
      'reportingComponent',
      'reportingInstance',
      'action',
      'related',
      'type',
      'eventTime',
    ] as const
  ).flatMap((field) => checkImmutable(field, now[field], before[field]));
  return [
    ...checkObjectMetaUpdate(event.metadata, old.metadata),
    ...(equalJson(event.series ?? null, old.series ?? null) ? [] : checkSeries(event)),
    ...fixed,
  ];
}
