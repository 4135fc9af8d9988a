import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type ISynthesisSession, TerraformStack } from 'cdktf';
import { Construct, type IConstruct } from 'constructs';
import { packageFolder } from '../support/package-folder';
import { packageHash, pinnedProviders, writeLockEntries } from './lock-file';

/** Host and namespace of the providers that this library brings along. */
const namespace = 'orlop.local/orlop';

/** A provider of this library: where Terraform finds it, and the version that its content makes. */
export interface BundledProvider {
  type: 'orlop' | 'docker';
  source: string;
  version: string;
  file: string;
}

/**
 * The built provider. Its version is made from its content, so a rebuilt one is a new version and no lock entry breaks.
 * @throws Error when it has not been built.
 */
export function bundledProvider(type: BundledProvider['type']): BundledProvider {
  const file = packageFolder(`dist/provider/terraform-provider-${type}`);
  if (!existsSync(file)) throw new Error(`the ${type} provider is not built: ${file} is missing; run "npm run build"`);
  const hash = createHash('sha256').update(readFileSync(file)).digest();
  return { type, source: `${namespace}/${type}`, version: `0.1.${hash.readUInt32BE(0)}`, file };
}

/**
 * Puts the provider and its lock entry beside the stack when it is synthesized, so that a plain `cdktf deploy` installs
 * it offline. One delivery a stack and provider, however often it is asked for.
 */
export function deliver(scope: IConstruct, provider: BundledProvider): void {
  const stack = TerraformStack.of(scope);
  const known = deliveries.get(stack);
  if (known) {
    known.set(provider.type, provider);
    return;
  }
  const providers = new Map([[provider.type, provider]]);
  deliveries.set(stack, providers);
  const onSynthesize = (session: ISynthesisSession) => {
    const folder = join(session.outdir, session.manifest.forStack(stack).workingDirectory);
    const entries = [...providers.values()].map((each) => place(folder, each));
    const { required_providers: required = {} } = stack.toTerraform().terraform ?? {};
    const others = pinnedProviders(required).filter(({ source }) => !entries.some((entry) => entry.source === source));
    writeLockEntries(join(folder, '.terraform.lock.hcl'), entries, others);
  };
  Object.defineProperty(new Construct(stack, 'orlop-providers'), customSynthesis, { value: { onSynthesize } });
}

/** The property by which cdktf finds what a construct writes itself; cdktf exports no helper that sets it. */
const customSynthesis = Symbol.for('cdktf/customSynthesis');

const deliveries = new WeakMap<TerraformStack, Map<string, BundledProvider>>();

function place(stackFolder: string, { type, source, version, file }: BundledProvider) {
  const mirror = join(stackFolder, 'terraform.d', 'plugins', source);
  const target = join(mirror, version, platform());
  const executable = join(target, `terraform-provider-${type}_v${version}`);
  if (!existsSync(executable)) {
    rmSync(mirror, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    copyFileSync(file, executable);
    chmodSync(executable, 0o755);
  }
  return { source, version, hash: packageHash(target) };
}

/** This machine as Terraform names it: `linux_amd64`. */
function platform(): string {
  const architectures: Record<string, string> = { x64: 'amd64', ia32: '386' };
  const systems: Record<string, string> = { win32: 'windows' };
  return `${systems[process.platform] ?? process.platform}_${architectures[process.arch] ?? process.arch}`;
}
