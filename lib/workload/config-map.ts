import type { Construct } from 'constructs';
import { z } from 'zod';
import type { Volume } from '../../runtime/kube/generated/types';
import { checkProps, tokenOr } from '../support/props';
import { ApiObject, type ApiObjectProps, apiObjectShape } from './api-object';

const ConfigMapPropsSchema = z.strictObject({
  ...apiObjectShape,
  data: z.record(z.string(), tokenOr(z.string())).optional(),
  binaryData: z.record(z.string(), z.string()).optional(),
  immutable: z.boolean().optional(),
});

export interface ConfigMapProps extends ApiObjectProps {
  /** Keys and their text. @default - none */
  readonly data?: Record<string, string>;
  /** Keys and their bytes in base64. @default - none */
  readonly binaryData?: Record<string, string>;
  /** @default false */
  readonly immutable?: boolean;
}

/** Configuration that pods take as files or variables. */
export class ConfigMap extends ApiObject {
  constructor(scope: Construct, id: string, props: ConfigMapProps = {}) {
    checkProps(scope, id, ConfigMapPropsSchema, props);
    super(scope, id, props);
    const { data, binaryData, immutable } = props;
    this.make({ apiVersion: 'v1', kind: 'ConfigMap', body: () => ({ data, binaryData, immutable }) });
  }

  /** The ConfigMap as a volume of a pod: one file a key. */
  asVolume(name: string): Volume {
    return { name, configMap: { name: this.objectName } };
  }
}
