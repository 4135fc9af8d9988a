import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { runtimeClassKind } from './runtime-class';

export const nodeKinds: readonly Kind[] = [anyKind(runtimeClassKind)];
