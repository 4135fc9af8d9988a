import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DockerEngine } from './engine';

/** The label by which a run finds what an earlier one made but, killed in the middle, never wrote into its state. */
export const ownerLabel = 'dev.orlop.terraform.made-by';

/** What the resources' handlers get: the Engine, and who makes things in it. */
export interface DockerProvider {
  readonly engine: DockerEngine;
  /** The same in every run on the same stack and workspace, and different elsewhere. */
  readonly owner: string;
  /** IDs made in this run. A second resource of the same name must not take them for leftovers. */
  readonly made: Set<string>;
}

/** Terraform starts a provider in the stack's folder. */
export function ownerOf(directory: string, env: NodeJS.ProcessEnv): string {
  return hash({
    directory,
    workspace: env.TF_WORKSPACE ?? selectedWorkspace(env.TF_DATA_DIR ?? join(directory, '.terraform')),
  });
}

function selectedWorkspace(dataDirectory: string): string {
  try {
    return readFileSync(join(dataDirectory, 'environment'), 'utf8').trim();
  } catch {
    return 'default';
  }
}

/** The label's value: equal only for the same thing made for the same stack. */
export function ownerMark(owner: string, body: unknown): string {
  return hash({ owner, body });
}

function hash(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 32);
}
