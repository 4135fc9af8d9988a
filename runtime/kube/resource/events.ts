import type { EventsV1Event } from '../generated/types';
import { resource } from './resource';

/** Events in the words of events.k8s.io; the same objects as core's. */
export const eventsOfGroup = resource<EventsV1Event>('events.k8s.io/v1', 'Event', 'events');
