import type { APIService } from '../../generated/types';
import type { Kind } from '../../kind';
import { apiServices } from '../../resource';
import { anyKind } from '../shared/any-kind';
import { ageColumn, nameColumn, textColumn } from '../shared/columns';
import { builtInSchema } from '../shared/schema';

/** Told of what is served, and never written: requests are handed on to no other API server. */
const apiServiceKind: Kind<APIService> = {
  resource: apiServices,
  singular: 'apiservice',
  shortNames: [],
  categories: ['api-extensions'],
  schema: builtInSchema(apiServices),
  subresources: {},
  verbs: ['get', 'list'],
  columns: [
    nameColumn(),
    textColumn('Service', 'Who answers; Local is this server.', ({ spec }) =>
      spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local',
    ),
    textColumn(
      'Available',
      'Whether it answers.',
      ({ status }) => status?.conditions?.find(({ type }) => type === 'Available')?.status ?? 'Unknown',
    ),
    ageColumn(),
  ],
};

export const apiregistrationKinds: readonly Kind[] = [anyKind(apiServiceKind)];
