export { admissionPlugins, admit } from './chain';
export { decodeObject, type FieldValidation } from './decode';
export { type AdmissionLookups, type AdmissionPlugin, type AdmissionRequest, offline } from './plugin';
export {
  admitCreate,
  admitUpdate,
  type Prepared,
  prepareCreate,
  prepareUpdate,
  validateCreate,
  validateUpdate,
  type WriteContext,
} from './prepare';
