import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../generated/types';
import { resource } from './resource';

const group = 'rbac.authorization.k8s.io/v1';

export const roles = resource<Role>(group, 'Role', 'roles');
export const clusterRoles = resource<ClusterRole>(group, 'ClusterRole', 'clusterroles', false);
export const roleBindings = resource<RoleBinding>(group, 'RoleBinding', 'rolebindings');
export const clusterRoleBindings = resource<ClusterRoleBinding>(
  group,
  'ClusterRoleBinding',
  'clusterrolebindings',
  false,
);
