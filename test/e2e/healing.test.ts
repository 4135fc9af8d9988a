import { underLoad } from './support/load';
import { shared } from './support/shared';
import { eventually, observed } from './support/wait';
import { containerId, runs, WebApp, web } from './support/web-app';

jest.setTimeout(300_000);

let app: WebApp;

beforeAll(async () => {
  app = new WebApp(shared, await shared.client());
  await app.settled();
});
afterAll(() => app.client.close());

const nameOf = (pod: { metadata: { name?: string } }) => pod.metadata.name ?? '';

async function aPod(node?: string) {
  const found = (await app.settled()).find((pod) => node === undefined || pod.spec?.nodeName === node);
  if (!found) throw new Error(`no pod on ${node}`);
  return found;
}

/** Milliseconds until the pod's container is another one, and Ready. */
async function restarted(name: string, before: string): Promise<number> {
  return app.until(
    'the container runs again and is Ready',
    1,
    (pod) => nameOf(pod) === name && containerId(pod) !== before,
  );
}

describe('a container', () => {
  test.each([
    ['stopped behind our back (docker kill)', (id: string) => ['docker', 'kill', id]],
    [
      'whose process is killed (kill -9)',
      (id: string) => ['sh', '-c', `kill -9 "$(docker inspect -f '{{.State.Pid}}' ${id})"`],
    ],
  ])('%s is restarted in its pod', async (what, kill) => {
    // A pod of its own each time: a second crash of one would wait, as Kubernetes' back-off says.
    await app.spread();
    const pod = await aPod();
    await app.onNode(pod.spec?.nodeName ?? '', ...kill(containerId(pod)));
    observed(`container ${what}: Ready again after`, await restarted(nameOf(pod), containerId(pod)));
    const [after] = (await app.settled()).filter((other) => nameOf(other) === nameOf(pod));
    expect(after && web(after).restartCount).toBe(web(pod).restartCount + 1);
  });

  test('that hangs is restarted by its liveness probe', async () => {
    await app.spread();
    const pod = await aPod();
    const ask = `require('node:http').request({port:8080,path:'/hang',method:'POST'},(r)=>r.resume()).end()`;
    await app.onNode(pod.spec?.nodeName ?? '', 'docker', 'exec', containerId(pod), 'node', '-e', ask);
    // Three probes that time out after a second each, then the time that the app needs to end and to start.
    observed('app that hangs: Ready again after', await restarted(nameOf(pod), containerId(pod)));
  });
});

test('a deleted pod is replaced, and no request is lost meanwhile', async () => {
  const before = (await app.settled()).map(nameOf);
  let took = 0;
  const load = await underLoad(app.url, async () => {
    const started = performance.now();
    await shared.kube('delete', 'pod', before[0] ?? '', '--wait=false');
    await app.until('three ready pods', 3, (pod) => nameOf(pod) !== before[0]);
    took = performance.now() - started;
    await app.settled();
  });
  observed('pod deleted: replaced and Ready after', took);
  expect(load.reasons).toEqual([]);
  expect(load.failed).toBe(0);
});

describe('a node', () => {
  test('that is killed: its pods are Ready elsewhere in seconds; back, it is Ready and clean', async () => {
    const before = await app.spread();
    const lost = before.filter((pod) => pod.spec?.nodeName === 'agent-2').map(nameOf);
    const started = performance.now();
    await app.machineDo('agent-2', 'kill');
    await app.until('three ready pods on the other node', 3, (pod) => pod.spec?.nodeName === 'agent-1');
    const took = performance.now() - started;
    observed('node killed: its pods Ready elsewhere after', took);
    expect(took).toBeLessThan(10_000);

    const back = performance.now();
    await app.machineDo('agent-2', 'start');
    await shared.kube('wait', 'node/agent-2', '--for=condition=Ready', '--timeout=60s');
    observed('node started again: Ready after', performance.now() - back);
    // Nothing is doubled, the pods that were on it are gone from the server and from the node.
    const now = await app.settled();
    expect(now.map(nameOf).filter((name) => lost.includes(name))).toEqual([]);
    const { ms } = await eventually('the node is empty', async () => (await containersOn('agent-2')).length === 0);
    observed('… and nothing of its old pods left on it after another', ms);
  });

  test('whose machine is restarted runs its pods again', async () => {
    await app.spread();
    const started = performance.now();
    await app.machineDo('agent-1', 'restart', '-t', '5');
    await shared.kube('wait', 'node/agent-1', '--for=condition=Ready', '--timeout=60s');
    await app.settled();
    observed('node container restarted: all pods Ready after', performance.now() - started);
    const here = (await app.pods()).filter((pod) => pod.spec?.nodeName === 'agent-1').map(containerId);
    const { ms } = await eventually('the node has the containers of its pods and no other', async () => {
      const running = await containersOn('agent-1');
      return running.length === here.length && running.every((id) => here.includes(id));
    });
    observed('… and nothing else left on it after another', ms);
  });

  test('whose Docker Engine is killed keeps its containers', async () => {
    await app.spread();
    const before = runs(await app.settled());
    const load = await underLoad(app.url, async () => {
      await app.onNode('agent-1', 'sh', '-c', 'kill -9 "$(pidof dockerd)"');
      const { ms } = await eventually('the engine answers again', async () => {
        await app.onNode('agent-1', 'docker', 'version');
        return true;
      });
      observed('engine killed: answers again after', ms);
    });
    expect(load.reasons).toEqual([]);
    expect(runs(await app.settled())).toEqual(before);
    // The agent has found it again: it restarts what is killed.
    const pod = await aPod('agent-1');
    await app.onNode('agent-1', 'docker', 'kill', containerId(pod));
    observed('container killed after that: Ready again after', await restarted(nameOf(pod), containerId(pod)));
  });
});

describe('nobody notices when', () => {
  /** Runs it under load, and expects the same containers, Ready all along, and no request lost. */
  async function unnoticed(crash: () => Promise<number>, what: string): Promise<void> {
    await app.spread();
    const before = runs(await app.settled());
    const load = await underLoad(app.url, async () => {
      observed(what, await crash());
    });
    expect(load.reasons).toEqual([]);
    expect(load.failed).toBe(0);
    expect(runs(await app.settled())).toEqual(before);
  }

  async function serverAnswers(): Promise<number> {
    return (await eventually('the API server answers', () => app.pods())).ms;
  }

  /** The control plane works, rather than only answers: a deleted pod is replaced. */
  async function worksAgain(): Promise<void> {
    const pod = await aPod();
    await shared.kube('delete', 'pod', nameOf(pod), '--wait=false');
    observed(
      'pod deleted after that: replaced and Ready after',
      await app.until('a new pod', 3, (other) => nameOf(other) !== nameOf(pod)),
    );
    await app.settled();
  }

  test('the server process is killed', async () => {
    await unnoticed(async () => {
      await app.crash('server', 'orlop-server');
      return serverAnswers();
    }, 'server killed: answers again after');
    await worksAgain();
  });

  test("the server's machine is restarted", async () => {
    await unnoticed(async () => {
      await app.machineDo('server', 'restart', '-t', '5');
      return serverAnswers();
    }, 'server machine restarted: answers again, once it is up, after');
    await worksAgain();
  });

  test('an agent is killed', async () => {
    await unnoticed(async () => {
      const lease = async () =>
        shared.kube('get', 'lease', '-n', 'kube-node-lease', 'agent-1', '-o', 'jsonpath={.spec.renewTime}');
      await app.crash('agent-1', 'orlop-agent');
      const before = await lease();
      return (await eventually('the agent renews its Lease', async () => (await lease()) !== before)).ms;
    }, 'agent killed: it is back after');
    const pod = await aPod('agent-1');
    expect(await shared.kube('logs', nameOf(pod))).toContain('listening on 8080');
    await app.onNode('agent-1', 'docker', 'kill', containerId(pod));
    observed('container killed after that: Ready again after', await restarted(nameOf(pod), containerId(pod)));
  });
});

/** Ids of the containers on a node, sandboxes left out. */
async function containersOn(node: string): Promise<string[]> {
  const out = await app.onNode(
    node,
    'docker',
    'ps',
    '-a',
    '-q',
    '--no-trunc',
    '--filter',
    'label=dev.orlop.role=container',
  );
  return out.split('\n').filter(Boolean);
}
