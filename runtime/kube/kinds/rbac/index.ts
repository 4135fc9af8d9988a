import type { Kind } from '../../kind';
import { anyKind } from '../shared/any-kind';
import { clusterRoleKind, roleKind } from './role';
import { clusterRoleBindingKind, roleBindingKind } from './role-binding';

export const rbacKinds: readonly Kind[] = [
  anyKind(roleKind),
  anyKind(clusterRoleKind),
  anyKind(roleBindingKind),
  anyKind(clusterRoleBindingKind),
];
