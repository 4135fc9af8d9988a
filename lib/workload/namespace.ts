import type { Construct } from 'constructs';
import { z } from 'zod';
import { checkProps } from '../support/props';
import { ApiObject, type ApiObjectProps, apiObjectShape, markNamespaceScope } from './api-object';

const { namespace: _, ...shape } = apiObjectShape;
const NamespacePropsSchema = z.strictObject(shape);

export interface NamespaceProps extends Omit<ApiObjectProps, 'namespace'> {}

/** A namespace; objects whose constructs are made under it live in it. */
export class Namespace extends ApiObject {
  override readonly namespaceName: string;

  constructor(scope: Construct, id: string, props: NamespaceProps = {}) {
    checkProps(scope, id, NamespacePropsSchema, props);
    super(scope, id, props, false);
    this.namespaceName = this.objectName;
    markNamespaceScope(this);
    this.make({ apiVersion: 'v1', kind: 'Namespace', body: () => ({}) });
  }
}
