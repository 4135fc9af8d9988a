/**
 * The main job: builds orlop, deploys main.ts with the real cdktf, and says what stands.
 * Leaves .orlop/kubeconfig and .orlop/summary.json for people and tools to go on with.
 */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { HttpApiClient } from '../runtime/client/http-client';
import { parseKubeconfig } from '../runtime/client/kubeconfig';
import { isPodReady } from '../runtime/kube/pod-status';
import { nodes, pods } from '../runtime/kube/resource';
import { nodeTarball } from '../runtime/provision/node-tarball';
import { type Arch, pinnedNode } from '../runtime/provision/runtime-bundle';
import { build } from './build';
import { cdktf } from './cdktf';
import { Progress } from './progress';
import { fetchKubeconfig, stackState } from './stack-state';

const root = join(__dirname, '..');
const stack = 'hello';
const kubeconfigFile = join(root, '.orlop', 'kubeconfig');

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  console.log(`npm run up: deploys main.ts and says what stands.

It sets up what is missing, runs "cdktf deploy", and writes .orlop/kubeconfig and .orlop/summary.json.
Run again, it changes only what main.ts changed. "npm run down" destroys everything.`);
  process.exit(0);
}

up().catch((error: Error) => {
  console.error(`\nnpm run up: ${error.message}`);
  process.exit(1);
});

async function up(): Promise<void> {
  const started = Date.now();
  const progress = new Progress();
  await progress.step('build', 'building orlop', () => build());
  await progress.step('node', 'fetching the Node.js that nodes run', () =>
    nodeTarball(pinnedNode.packages[process.arch as Arch] ?? pinnedNode.packages.x64),
  );

  progress.say(`· deploying stack ${stack} with cdktf …`);
  const deployed = await cdktf(['deploy', '--auto-approve', stack], {
    onLine: (line) => {
      const told = resourceProgress(line);
      if (told) progress.say(told);
    },
  });
  if (deployed.code !== 0) {
    process.stderr.write(deployed.output);
    throw new Error('cdktf deploy failed: the reason is above. Nothing is lost: mend it and run this again.');
  }
  Object.assign(progress.seconds, rounded(deployed.steps));

  const summary = await progress.step('summary', 'asking the cluster', summarize);
  progress.seconds.total = Math.round((Date.now() - started) / 10) / 100;
  writeFileSync(
    join(root, '.orlop', 'summary.json'),
    `${JSON.stringify({ ...summary, seconds: progress.seconds }, null, 2)}\n`,
  );
  print(summary, deployed, progress.seconds.total);
}

interface Summary {
  nodes: Array<{ name: string; ready: boolean; address: string }>;
  pods: Array<{ namespace: string; name: string; node: string; ready: boolean; ip: string }>;
  url: string;
  kubeconfig: string;
}

async function summarize(): Promise<Summary> {
  const state = stackState(stack, root);
  if (!state) throw new Error(`stack ${stack} has no state after its deploy`);
  const kubeconfig = await fetchKubeconfig(state);
  mkdirSync(join(root, '.orlop'), { recursive: true });
  writeFileSync(kubeconfigFile, kubeconfig, { mode: 0o600 });
  chmodSync(kubeconfigFile, 0o600);
  const client = new HttpApiClient(await parseKubeconfig(kubeconfig));
  try {
    const [nodeList, podList] = await Promise.all([client.list(nodes), client.list(pods)]);
    return {
      nodes: nodeList.items.map((node) => ({
        name: node.metadata.name ?? '',
        ready: node.status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false,
        address: node.status?.addresses?.find((each) => each.type === 'InternalIP')?.address ?? '',
      })),
      pods: podList.items.map((pod) => ({
        namespace: pod.metadata.namespace ?? '',
        name: pod.metadata.name ?? '',
        node: pod.spec?.nodeName ?? '',
        ready: isPodReady(pod),
        ip: pod.status?.podIP ?? '',
      })),
      url: String(state.outputs.url ?? ''),
      kubeconfig: kubeconfigFile,
    };
  } finally {
    await client.close();
  }
}

function print(
  summary: Summary,
  deployed: { added: number; changed: number; destroyed: number },
  seconds: number,
): void {
  const changes = deployed.added + deployed.changed + deployed.destroyed;
  const count = (ready: number, all: number) => (ready === all ? `${all} Ready` : `${ready} of ${all} Ready`);
  const ready = (list: Array<{ ready: boolean }>) => count(list.filter((each) => each.ready).length, list.length);
  console.log(`
${changes === 0 ? 'Nothing to change: everything is as main.ts says' : `${deployed.added} added, ${deployed.changed} changed, ${deployed.destroyed} destroyed`} (${seconds.toFixed(1)} s)

  nodes  ${ready(summary.nodes)}   ${summary.nodes.map((node) => node.name).join(', ')}
  pods   ${ready(summary.pods)}   ${summary.pods.map((pod) => `${pod.name} on ${pod.node}`).join('\n                   ')}
  app    ${summary.url}

Go on with:
  curl ${summary.url}
  kubectl --kubeconfig .orlop/kubeconfig get nodes,pods -o wide
  npm run down`);
}

/** A resource's progress as Terraform prints it, with the name that main.ts gave it. */
function resourceProgress(line: string): string | undefined {
  const match =
    /(\w+)\.([\w-]+)(?: \(.*\))?: (Creating|Still creating|Creation complete|Modifying|Still modifying|Modifications complete|Destroying|Destruction complete)(.*)/.exec(
      line,
    );
  if (!match) return undefined;
  const [, type, id, what, rest] = match;
  const mark = /complete/.test(what ?? '') ? '✓' : '·';
  return `  ${mark} ${type} ${id?.replace(/_[0-9A-F]{8}$/, '')}: ${what?.toLowerCase()}${rest?.replace(/\s*\[.*/, '')}`;
}

function rounded(steps: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(steps).map(([name, seconds]) => [name, Math.round(seconds * 100) / 100]));
}
