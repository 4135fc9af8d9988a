import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { groupEventKind } from './event';

export const eventsKinds: readonly Kind[] = [anyKind(groupEventKind)];
