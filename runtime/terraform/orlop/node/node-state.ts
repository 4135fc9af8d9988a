import type { State } from '../../protocol/resource';
import type { nodeSchema } from '../schema/node';

export type NodeState = State<typeof nodeSchema.attributes>;
