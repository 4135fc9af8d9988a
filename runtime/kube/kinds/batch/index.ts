import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { cronJobKind } from './cron-job';
import { jobKind } from './job';

export const batchKinds: readonly Kind[] = [anyKind(jobKind), anyKind(cronJobKind)];
