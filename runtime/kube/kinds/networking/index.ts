import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { ingressKind } from './ingress';
import { ingressClassKind } from './ingress-class';
import { ipAddressKind } from './ip-address';
import { networkPolicyKind } from './network-policy';
import { serviceCidrKind } from './service-cidr';

export const networkingKinds: readonly Kind[] = [
  anyKind(networkPolicyKind),
  anyKind(ingressKind),
  anyKind(ingressClassKind),
  anyKind(serviceCidrKind),
  anyKind(ipAddressKind),
];
