import { closeEphemeralResource, openEphemeralResource, readDataSource, renewEphemeralResource } from './data-service';
import {
  applyResourceChange,
  importResourceState,
  planResourceChange,
  readResource,
  upgradeResourceState,
} from './resource-service';
import {
  configureProvider,
  getMetadata,
  getProviderSchema,
  type Request,
  type Response,
  type Session,
  validateByType,
  validateProviderConfig,
} from './service';
import type { Methods } from './wire';

export type Handlers = {
  [M in keyof Methods]: (session: Session, request: Request<M>) => Response<M> | Promise<Response<M>>;
};

/** Every request of `tfplugin6.Provider` and who answers it. */
export const handlers: Handlers = {
  GetMetadata: getMetadata,
  GetProviderSchema: getProviderSchema,
  ValidateProviderConfig: validateProviderConfig,
  ConfigureProvider: configureProvider,
  ValidateResourceConfig: (session, request) => validateByType(session.provider.resources, 'resource', request),
  ValidateDataResourceConfig: (session, request) =>
    validateByType(session.provider.dataSources, 'data source', request),
  ValidateEphemeralResourceConfig: (session, request) =>
    validateByType(session.provider.ephemeral, 'ephemeral resource', request),
  UpgradeResourceState: upgradeResourceState,
  ReadResource: readResource,
  PlanResourceChange: planResourceChange,
  ApplyResourceChange: applyResourceChange,
  ImportResourceState: importResourceState,
  ReadDataSource: readDataSource,
  OpenEphemeralResource: openEphemeralResource,
  RenewEphemeralResource: renewEphemeralResource,
  CloseEphemeralResource: closeEphemeralResource,
  GetFunctions: () => ({}),
  StopProvider: (session) => {
    session.stop();
    return {};
  },
};
