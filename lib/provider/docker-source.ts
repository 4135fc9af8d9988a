import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TerraformStack } from 'cdktf';
import type { IConstruct } from 'constructs';

/** Which provider serves a stack's `docker_` resources: kreuzwerker's from Terraform's registry, or the one brought along. */
export type DockerProviderSource = 'registry' | 'bundled';

/** File in the project's folder that remembers what each stack chose, so that a stack keeps its choice for life. */
const choicesFile = join('.orlop', 'docker-provider.json');

/**
 * The source of the stack's docker provider: as asked for, else as ORLOP_DOCKER_PROVIDER says, else as chosen before,
 * else kreuzwerker's where Terraform's registry answers and the one brought along where it does not.
 */
export function dockerProviderSource(scope: IConstruct, asked?: DockerProviderSource): DockerProviderSource {
  const stack = TerraformStack.of(scope).node.id;
  const fromEnvironment = process.env.ORLOP_DOCKER_PROVIDER;
  if (fromEnvironment !== undefined && fromEnvironment !== 'registry' && fromEnvironment !== 'bundled') {
    throw new Error(`ORLOP_DOCKER_PROVIDER is ${JSON.stringify(fromEnvironment)}: it must be "registry" or "bundled"`);
  }
  const explicit = asked ?? fromEnvironment;
  if (explicit) return explicit;
  const choices = readChoices();
  const known = choices[stack];
  if (known) return known;
  const chosen = registryAnswers() ? 'registry' : 'bundled';
  mkdirSync(dirname(choicesFile), { recursive: true });
  writeFileSync(choicesFile, `${JSON.stringify({ ...choices, [stack]: chosen }, null, 2)}\n`);
  return chosen;
}

function readChoices(): Record<string, DockerProviderSource> {
  return existsSync(choicesFile)
    ? (JSON.parse(readFileSync(choicesFile, 'utf8')) as Record<string, DockerProviderSource>)
    : {};
}

/** Synthesis is synchronous, so another process asks; its exit code is the answer. */
function registryAnswers(): boolean {
  const ask = `fetch('https://registry.terraform.io/.well-known/terraform.json', { signal: AbortSignal.timeout(3000) })
    .then((response) => process.exit(response.ok ? 0 : 1), () => process.exit(1))`;
  return spawnSync(process.execPath, ['-e', ask], { stdio: 'ignore', timeout: 5000 }).status === 0;
}
