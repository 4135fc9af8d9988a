import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { certificateSigningRequestKind } from './certificate-signing-request';

export const certificatesKinds: readonly Kind[] = [anyKind(certificateSigningRequestKind)];
