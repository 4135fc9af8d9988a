import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { flowSchemaKind } from './flow-schema';
import { priorityLevelConfigurationKind } from './priority-level-configuration';

export { builtInFlowSchemas, builtInPriorityLevels } from './built-in';

export const flowControlKinds: readonly Kind[] = [anyKind(flowSchemaKind), anyKind(priorityLevelConfigurationKind)];
