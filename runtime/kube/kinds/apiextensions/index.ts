import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { customResourceDefinitionKind } from './definition';

export const apiextensionsKinds: readonly Kind[] = [anyKind(customResourceDefinitionKind)];
