import type { CertificateSigningRequest } from '../../generated/types';
import { humanDuration } from '../../human-duration';
import type { Kind } from '../../kind';
import { certificateSigningRequests } from '../../resource';
import { ageColumn, nameColumn, none, textColumn } from '../shared/columns';
import { builtInSchema } from '../shared/schema';
import { checkApproval, checkRequest, checkRequestStatus, checkRequestUpdate } from './validate';

export const certificateSigningRequestKind: Kind<CertificateSigningRequest> = {
  resource: certificateSigningRequests,
  singular: 'certificatesigningrequest',
  shortNames: ['csr'],
  categories: [],
  schema: builtInSchema(certificateSigningRequests),
  subresources: { status: true },
  // Who asks is written by the server alone.
  prepareForCreate(request) {
    for (const field of ['username', 'uid', 'groups', 'extra'] as const) delete request.spec?.[field];
    request.status = {};
  },
  prepareForUpdate(request, old) {
    request.spec = old.spec;
    request.status = old.status;
  },
  prepareForStatusUpdate(request, old) {
    request.spec = old.spec;
  },
  validate: checkRequest,
  validateUpdate: checkRequestUpdate,
  validateStatusUpdate: checkRequestStatus,
  writePaths: {
    approval: {
      prepareForUpdate(request, old) {
        request.spec = old.spec;
        request.status = { ...old.status, conditions: request.status?.conditions };
      },
      validateUpdate: checkApproval,
    },
  },
  columns: [
    nameColumn(),
    ageColumn(),
    textColumn('SignerName', 'Who is to sign it.', ({ spec }) => spec?.signerName ?? ''),
    textColumn('Requestor', 'Who asked.', ({ spec }) => spec?.username ?? ''),
    textColumn('RequestedDuration', 'For how long.', ({ spec }) =>
      spec?.expirationSeconds === undefined ? none : humanDuration(spec.expirationSeconds * 1000),
    ),
    textColumn('Condition', 'What became of it.', conditionText),
  ],
  selectableFields: { 'spec.signerName': ({ spec }) => spec?.signerName ?? '' },
};

function conditionText({ status }: CertificateSigningRequest): string {
  const has = (type: string) => status?.conditions?.some((condition) => condition.type === type);
  const verdict = has('Denied') ? 'Denied' : has('Approved') ? 'Approved' : 'Pending';
  return `${verdict}${has('Failed') ? ',Failed' : ''}${status?.certificate ? ',Issued' : ''}`;
}
