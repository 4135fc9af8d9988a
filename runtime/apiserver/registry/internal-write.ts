import { internalUser } from '../auth/user';
import type { WriteRequest } from './context';

/** A write that the server makes by itself. */
export const internalWrite: WriteRequest = {
  user: internalUser,
  fieldManager: 'orlop-apiserver',
  fieldValidation: 'Strict',
  dryRun: false,
  warn: () => {},
};
