export { type ApplyOptions, apply } from './apply';
export { isNoOp, withManagedFields, withoutManagedFields } from './managed-object';
export { type TrackUpdateOptions, trackUpdate } from './track-update';
export type { OtherVersion, OtherVersions } from './versions';
