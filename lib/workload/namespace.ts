import type { Construct } from 'constructs';
import { z } from 'zod';
import { checkProps } from '../support/props';
import { ApiObject, type ApiObjectProps, apiObjectShape, markNamespaceScope } from './api-object';

const { namespace: _, ...shape } = apiObjectShape;
const NamespacePropsSchema = z.strictObject(shape);

export interface NamespaceProps extends Omit<ApiObjectProps, 'namespace'> {}

/** A namespace; objects whose constructs are made under it live in it. */
export class Namespace extends ApiObject {
  /** The namespace of the objects made under this construct. */
  readonly scopedNamespace: string;

  constructor(scope: Construct, id: string, props: NamespaceProps = {}) {
    checkProps(scope, id, NamespacePropsSchema, props);
    super(scope, id, props, false);
    this.scopedNamespace = this.objectName;
    markNamespaceScope(this);
    this.make({ apiVersion: 'v1', kind: 'Namespace', body: () => ({}) });
  }
}
