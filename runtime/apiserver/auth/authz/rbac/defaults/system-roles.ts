import type { RoleBinding, Subject } from '../../../../../kube/generated/types';
import { read, rule, urlRule } from './rule';
import type { DefaultRole } from './user-roles';

const certificates = 'certificates.k8s.io';
const requests = 'certificatesigningrequests';

function approver(signer: string): DefaultRole {
  return {
    name: `system:certificates.k8s.io:${signer}-approver`,
    rules: [rule('approve', certificates, 'signers', `kubernetes.io/${signer}`)],
  };
}

/** What everybody gets who is known, and what clients in the cluster are given by name. */
export const systemRoles: readonly DefaultRole[] = [
  {
    name: 'system:discovery',
    rules: [urlRule('get', '/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version /version/')],
  },
  {
    name: 'system:public-info-viewer',
    rules: [urlRule('get', '/healthz /livez /readyz /version /version/')],
  },
  {
    name: 'system:basic-user',
    rules: [
      rule('create', 'authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews'),
      rule('create', 'authentication.k8s.io', 'selfsubjectreviews'),
    ],
  },
  {
    name: 'system:monitoring',
    rules: [urlRule('get', '/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*')],
  },
  {
    name: 'system:auth-delegator',
    rules: [
      rule('create', 'authentication.k8s.io', 'tokenreviews'),
      rule('create', 'authorization.k8s.io', 'subjectaccessreviews'),
    ],
  },
  {
    name: 'system:service-account-issuer-discovery',
    rules: [
      urlRule(
        'get',
        '/.well-known/openid-configuration /.well-known/openid-configuration/ /openid/v1/jwks /openid/v1/jwks/',
      ),
    ],
  },
  {
    name: 'system:kubelet-api-admin',
    rules: [
      rule(read, '', 'nodes'),
      rule('*', '', 'nodes/log nodes/metrics nodes/pods nodes/healthz nodes/configz nodes/proxy nodes/stats'),
    ],
  },
  {
    name: 'system:persistent-volume-provisioner',
    rules: [
      rule('create delete get list watch', '', 'persistentvolumes'),
      rule('get list update watch', '', 'persistentvolumeclaims'),
      rule(read, 'storage.k8s.io', 'storageclasses'),
      rule('create patch update watch', '', 'events'),
    ],
  },
  { name: 'system:node-bootstrapper', rules: [rule('create get list watch', certificates, requests)] },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    rules: [rule('create', certificates, `${requests}/nodeclient`)],
  },
  {
    name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    rules: [rule('create', certificates, `${requests}/selfnodeclient`)],
  },
  approver('kube-apiserver-client'),
  approver('kube-apiserver-client-kubelet'),
  approver('kubelet-serving'),
  approver('legacy-unknown'),
];

export interface DefaultBinding {
  name: string;
  role: string;
  subjects: Subject[];
}

const rbac = 'rbac.authorization.k8s.io';
const group = (name: string): Subject => ({ kind: 'Group', apiGroup: rbac, name });
/** The group that kubeadm gives its bootstrap tokens. */
const joiners = 'system:bootstrappers:kubeadm:default-node-token';

function bound(role: string, ...groups: string[]): DefaultBinding {
  return { name: role, role, subjects: groups.map(group) };
}

export const clusterBindings: readonly DefaultBinding[] = [
  bound('cluster-admin', 'system:masters'),
  bound('system:discovery', 'system:authenticated'),
  bound('system:basic-user', 'system:authenticated'),
  bound('system:public-info-viewer', 'system:authenticated', 'system:unauthenticated'),
  bound('system:monitoring', 'system:monitoring'),
  bound('system:service-account-issuer-discovery', 'system:serviceaccounts'),
  { name: 'kubeadm:kubelet-bootstrap', role: 'system:node-bootstrapper', subjects: [group(joiners)] },
  {
    name: 'kubeadm:node-autoapprove-bootstrap',
    role: 'system:certificates.k8s.io:certificatesigningrequests:nodeclient',
    subjects: [group(joiners)],
  },
  {
    name: 'kubeadm:node-autoapprove-certificate-rotation',
    role: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    subjects: [group('system:nodes')],
  },
];

/** A binding's reference to a ClusterRole. */
export function clusterRoleRef(name: string): RoleBinding['roleRef'] {
  return { apiGroup: rbac, kind: 'ClusterRole', name };
}
