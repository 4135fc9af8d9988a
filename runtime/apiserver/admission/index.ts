export { AdmissionChain, admissionChain, defaultChain, type PluginSelection } from './chain';
export { decodeObject, type FieldValidation } from './decode';
export { type AdmissionLookups, type AdmissionPlugin, type AdmissionRequest, offline, refuse } from './plugin';
export {
  admissionRequest,
  admitCreate,
  admitUpdate,
  type Prepared,
  prepareCreate,
  prepareUpdate,
  validateCreate,
  validateUpdate,
  type WriteContext,
} from './prepare';
