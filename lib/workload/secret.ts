import { TerraformVariable, Tokenization } from 'cdktf';
import type { Construct } from 'constructs';
import { z } from 'zod';
import type { Volume } from '../../runtime/kube/generated/types';
import { checkProps } from '../support/props';
import { ApiObject, type ApiObjectProps, apiObjectShape } from './api-object';

const SecretPropsSchema = z.strictObject({
  ...apiObjectShape,
  type: z.string().min(1).optional(),
  values: z.record(
    z.string(),
    z.custom<string>(
      (value) => typeof value === 'string' && Tokenization.reverseString(value).tokens.length > 0,
      'must be a reference that Terraform resolves when it applies, such as secretInput(this, "password"): a literal would be readable in cdk.tf.json',
    ),
  ),
  valuesVersion: z.int().min(1).optional(),
  immutable: z.boolean().optional(),
});

export interface SecretProps extends ApiObjectProps {
  /** @default Opaque */
  readonly type?: string;
  /** Keys and references to ephemeral values (`secretInput`, an ephemeral resource): in no plan, no state and no synthesized JSON. */
  readonly values: Record<string, string>;
  /** Count up to send changed values: Terraform cannot see that they changed. @default 1 */
  readonly valuesVersion?: number;
  /** @default false */
  readonly immutable?: boolean;
}

/** Confidential configuration that pods take as files or variables. */
export class Secret extends ApiObject {
  constructor(scope: Construct, id: string, props: SecretProps) {
    // The values are tokens, not secrets, so naming them in an error tells nothing.
    checkProps(scope, id, SecretPropsSchema, props);
    super(scope, id, props);
    const { type, immutable } = props;
    this.make({
      apiVersion: 'v1',
      kind: 'Secret',
      body: () => ({ type, immutable }),
      attributes: { data_wo: props.values, data_wo_version: props.valuesVersion ?? 1 },
    });
  }

  /** The Secret as a volume of a pod: one file a key. */
  asVolume(name: string): Volume {
    return { name, secret: { secretName: this.objectName } };
  }
}

/**
 * A secret that the operator gives at deploy time: an ephemeral, sensitive Terraform variable, set by
 * `TF_VAR_<id>` or `-var`. Returns a reference to it.
 */
export function secretInput(scope: Construct, id: string, description?: string): string {
  const variable = new TerraformVariable(scope, id, { type: 'string', sensitive: true, description });
  variable.addOverride('ephemeral', true);
  variable.overrideLogicalId(id);
  return variable.stringValue;
}
