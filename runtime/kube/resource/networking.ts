import type { Ingress, IngressClass, IPAddress, NetworkPolicy, ServiceCIDR } from '../generated/types';
import { resource } from './resource';

const group = 'networking.k8s.io/v1';

export const networkPolicies = resource<NetworkPolicy>(group, 'NetworkPolicy', 'networkpolicies');
export const ingresses = resource<Ingress>(group, 'Ingress', 'ingresses');
export const ingressClasses = resource<IngressClass>(group, 'IngressClass', 'ingressclasses', false);
export const serviceCidrs = resource<ServiceCIDR>(group, 'ServiceCIDR', 'servicecidrs', false);
export const ipAddresses = resource<IPAddress>(group, 'IPAddress', 'ipaddresses', false);
