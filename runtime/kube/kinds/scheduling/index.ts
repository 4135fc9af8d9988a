import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { priorityClassKind } from './priority-class';

export const schedulingKinds: readonly Kind[] = [anyKind(priorityClassKind)];
