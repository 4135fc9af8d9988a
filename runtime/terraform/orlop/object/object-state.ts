import type { State } from '../../protocol/resource';
import type { objectSchema } from '../schema/object';

export type ObjectState = State<typeof objectSchema.attributes>;
