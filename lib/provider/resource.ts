import { relative } from 'node:path';
import { type ITerraformDependable, TerraformProvider, TerraformResource } from 'cdktf';
import type { Construct } from 'constructs';
import { packageFolder } from '../support/package-folder';
import { bundledProvider, deliver } from './delivery';

/** Arguments that every resource takes beside its own. */
export interface ResourceOptions {
  readonly dependsOn?: ITerraformDependable[];
  readonly provider?: TerraformProvider;
}

/** A resource of our provider, its attributes under Terraform's own names. */
export abstract class OrlopResource extends TerraformResource {
  constructor(
    scope: Construct,
    id: string,
    readonly resourceType: string,
    private readonly attributes: object,
    options: ResourceOptions = {},
  ) {
    super(scope, id, {
      terraformResourceType: resourceType,
      terraformGeneratorMetadata: { providerName: 'orlop' },
      dependsOn: options.dependsOn,
      provider: options.provider,
    });
  }

  /** Lets this resource wait for another; takes effect however late it is called. */
  addDependency(other: OrlopResource): void {
    this.dependsOn = [...(this.dependsOn ?? []), `${other.terraformResourceType}.${other.friendlyUniqueId}`];
  }

  protected override synthesizeAttributes(): { [name: string]: unknown } {
    return { ...(this.attributes as Record<string, unknown>) };
  }
}

/** The orlop provider in a stack; made once, or once an alias. Its executable is delivered with the stack. */
export class OrlopProvider<A extends object = object> extends TerraformProvider {
  constructor(
    scope: Construct,
    id: string,
    private readonly attributes: A,
    private readonly aliasName?: string,
  ) {
    const bundled = bundledProvider('orlop');
    super(scope, id, {
      terraformResourceType: 'orlop',
      terraformGeneratorMetadata: {
        providerName: 'orlop',
        providerVersion: bundled.version,
        providerVersionConstraint: bundled.version,
      },
      terraformProviderSource: bundled.source,
    });
    deliver(this, bundled);
  }

  /** cdktf leaves the alias to each provider's binding. */
  override get alias(): string | undefined {
    return this.aliasName;
  }

  protected override synthesizeAttributes(): { [name: string]: unknown } {
    return { ...runtimeLocation(), ...(this.attributes as Record<string, unknown>) };
  }
}

/**
 * Where nodes' runtime lies when this library is installed as a package, relative to the stack's folder. In a checkout
 * of the library the provider finds it above the stack by itself.
 */
function runtimeLocation(): { runtime_dir?: string } {
  const fromProject = relative(process.cwd(), packageFolder('dist/runtime'));
  return fromProject.includes('node_modules') ? { runtime_dir: `\${path.root}/../../../${fromProject}` } : {};
}
