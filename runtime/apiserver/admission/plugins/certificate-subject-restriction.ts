import type { CertificateSigningRequest } from '../../../kube/generated/types';
import { requestedOrganizations } from '../../../kube/kinds/certificates/pkcs10';
import { certificateSigningRequests } from '../../../kube/resource';
import { signers } from '../../auth/certificates/signers';
import { mastersGroup } from '../../auth/user';
import { type AdmissionPlugin, refuse, writes } from '../plugin';

/** Nobody asks for a client certificate of the group that no authorizer stands against. */
export const certificateSubjectRestriction: AdmissionPlugin = {
  name: 'CertificateSubjectRestriction',
  validate(request) {
    if (request.operation !== 'CREATE' || !writes(request, certificateSigningRequests) || !request.object) return;
    const { spec } = request.object as unknown as CertificateSigningRequest;
    if (spec?.signerName !== signers.client) return;
    if (requestedOrganizations(spec.request ?? '').includes(mastersGroup)) {
      throw refuse(request, `use of ${signers.client} signer with ${mastersGroup} group is not allowed`);
    }
  },
};
