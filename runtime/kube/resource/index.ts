export * from './apps';
export * from './coordination';
export * from './core';
export * from './discovery';
export { apiVersionOf, type Resource } from './resource';
export { compareVersions } from './versions';
