import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { command } from './support/project';
import { shared } from './support/shared';

jest.setTimeout(240_000);

const canary = `canary-${randomBytes(12).toString('hex')}`;
const env = { E2E_SECRET: '1', TF_VAR_e2e_token: canary };
const log = () => join(shared.folder, 'trace.log');
const planFile = () => join(shared.folder, 'saved.plan');

afterAll(async () => {
  for (const file of [log(), planFile()]) rmSync(file, { force: true });
  // Without the Secret, as the next file expects the stack.
  await shared.deploy();
});

/** The canary as it is, and as a Secret's data has it. */
const forms = () => [canary, Buffer.from(canary).toString('base64').replace(/=+$/, '')];

async function deployed(): Promise<string> {
  expect(await shared.synth(env)).toMatchObject({ code: 0 });
  const traced = { ...env, TF_LOG: 'trace', TF_LOG_PATH: log() };
  const planned = await shared.terraform(['plan', '-input=false', '-no-color', `-out=${planFile()}`], traced);
  expect(planned).toMatchObject({ code: 0 });
  const shown = await shared.terraform(['show', '-json', planFile()], env);
  const applied = await shared.terraform(['apply', '-input=false', '-no-color', planFile()], traced);
  expect(applied).toMatchObject({ code: 0 });
  return planned.stdout + shown.stdout + applied.stdout + planned.stderr + applied.stderr;
}

/** What secrets there are: none of them may be read anywhere but where it belongs. */
async function secrets(): Promise<Record<string, string[]>> {
  const state = shared.state();
  const key = readFileSync(state.nodes[0]?.private_key_file as string, 'utf8');
  const kubeconfig = readFileSync(await shared.kubeconfig(), 'utf8');
  const clientKey = /client-key-data: (\S+)/.exec(kubeconfig)?.[1] as string;
  const lines = (text: string) =>
    text.split('\n').filter((line) => line.length > 30 && !line.startsWith('-----') && !line.startsWith('b3BlbnNzaC'));
  return {
    'the value of the Secret': forms(),
    'the private SSH key': lines(key),
    'the administrator’s key': [clientKey, ...lines(Buffer.from(clientKey, 'base64').toString())],
  };
}

it('a secret reaches the cluster, and nothing that Terraform or the nodes keep or write', async () => {
  const output = await deployed();
  const data = await shared.kube('get', 'secret', 'token', '-o', 'jsonpath={.data.token}');
  expect(Buffer.from(data, 'base64').toString()).toBe(canary);

  const places: Record<string, string> = {
    'the output and the plan as JSON': output,
    state: (await shared.terraform(['state', 'pull'])).stdout,
    'the trace log': readFileSync(log(), 'utf8'),
  };
  places['the plan file'] = (await command('unzip', ['-p', planFile()])).stdout;
  for (const file of filesUnder(shared.stackFolder)) places[file] = readFileSync(file, 'latin1');
  for (const node of ['server', 'agent-1', 'agent-2']) {
    const read = ['exec', `${shared.stack}-${node}`, 'sh', '-c', 'cat /var/lib/orlop/logs/*'];
    places[`the logs of ${node}`] = (await command('docker', read)).stdout;
  }
  expect(places['the trace log']?.length).toBeGreaterThan(100_000);
  expect(places['the plan file']).toContain('orlop_object');
  for (const [what, values] of Object.entries(await secrets())) {
    expect(values.length).toBeGreaterThan(0);
    for (const [place, text] of Object.entries(places)) {
      const found = values.some((value) => text.includes(value));
      expect({ what, place, found }).toEqual({ what, place, found: false });
    }
  }
  const token = /\b[0-9a-f]{64}\.[a-z0-9]{6}\.[a-z0-9]{16}\b/;
  for (const [place, text] of Object.entries(places)) {
    expect({ what: 'a join token', place, found: token.test(text) }).toMatchObject({ found: false });
  }
});

it('the private key is its owner’s alone', () => {
  const [node] = shared.state().nodes;
  expect(statSync(node?.private_key_file as string).mode & 0o777).toBe(0o600);
});

/** The synthesized stack and what Terraform put beside it, but for the providers' executables. */
function filesUnder(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = resolve(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'providers' || entry.name === 'plugins' ? [] : filesUnder(path);
    return entry.isFile() ? [path] : [];
  });
}
