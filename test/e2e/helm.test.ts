import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { kubeClients } from '../../tools/kube-clients';
import { command } from './support/project';
import { shared } from './support/shared';

const namespace = 'helm-test';
const chart = join(shared.folder, 'chart');

const files: Record<string, string> = {
  'Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
  'values.yaml': 'image: ""\ngreeting: Hello\nreplicas: 1\npassword: s3cret\ncommand: [node, server.js]\n',
  'templates/all.yaml': `
apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-settings"}
data: {greeting: {{ .Values.greeting | quote }}}
---
apiVersion: v1
kind: Secret
metadata: {name: "{{ .Release.Name }}-keys"}
stringData: {password: {{ .Values.password | quote }}}
---
apiVersion: v1
kind: Service
metadata: {name: "{{ .Release.Name }}"}
spec:
  selector: {app: "{{ .Release.Name }}"}
  ports: [{port: 80, targetPort: http}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ .Release.Name }}"}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: "{{ .Release.Name }}"}}
  template:
    metadata:
      labels: {app: "{{ .Release.Name }}"}
      annotations: {checksum: "{{ .Values.greeting | sha256sum }}"}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: shop
          image: {{ .Values.image }}
          command: {{ toJson .Values.command }}
          ports: [{name: http, containerPort: 8080}]
          readinessProbe: {httpGet: {path: /healthz, port: http}, periodSeconds: 1}
          env: [{name: PASSWORD, valueFrom: {secretKeyRef: {name: "{{ .Release.Name }}-keys", key: password}}}]
          volumeMounts: [{name: settings, mountPath: /etc/web}]
      volumes: [{name: settings, configMap: {name: "{{ .Release.Name }}-settings"}}]
`,
  'templates/NOTES.txt': 'The shop is open.\n',
};

async function helm(...args: string[]) {
  const { helm: file } = await kubeClients();
  const result = await command(file, ['--kubeconfig', await shared.kubeconfig(), '--namespace', namespace, ...args]);
  return { ...result, text: result.stdout + result.stderr };
}

async function mustHelm(...args: string[]): Promise<string> {
  const { code, text } = await helm(...args);
  if (code !== 0) throw new Error(`helm ${args.join(' ')}: ${text}`);
  return text;
}

const kube = (...args: string[]) => shared.kube('--namespace', namespace, ...args);
const greeting = async () =>
  kube('exec', 'deploy/shop', '--', 'node', '-e', `require('http').get('http://shop/',r=>r.pipe(process.stdout))`);

jest.setTimeout(120_000);

beforeAll(() => {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(chart, name)), { recursive: true });
    writeFileSync(join(chart, name), text);
  }
});

afterAll(async () => {
  rmSync(chart, { recursive: true, force: true });
  await shared.kubectl(['delete', 'namespace', namespace, '--ignore-not-found', '--timeout=60s']);
});

it('installs, upgrades, rolls back and uninstalls a chart', async () => {
  const image = await shared.kube('get', 'deployment/web', '-o', 'jsonpath={.spec.template.spec.containers[0].image}');
  const wait = ['--wait', '--timeout', '60s'];
  const values = ['--set', `image=${image}`];
  const installed = await mustHelm('install', 'shop', chart, '--create-namespace', ...values, ...wait);
  expect(installed).toMatch(/STATUS: deployed[\s\S]*The shop is open/);
  expect(await greeting()).toContain('"Hello"');
  expect(await kube('exec', 'deploy/shop', '--', 'sh', '-c', 'echo $PASSWORD')).toBe('s3cret\n');

  const upgrade = ['upgrade', 'shop', chart, '--reuse-values'];
  await mustHelm(...upgrade, '--set', 'greeting=Welcome', '--set', 'replicas=2', ...wait);
  expect(await kube('get', 'deployment/shop', '-o', 'jsonpath={.status.readyReplicas}')).toBe('2');
  expect(await greeting()).toContain('"Welcome"');
  expect(await mustHelm('history', 'shop')).toMatch(/1 .*superseded[\s\S]*2 .*deployed/);

  // One that does not come up is said to fail, and rolled back by hand.
  const broken = await helm(...upgrade, '--set', 'command={/none}', '--wait', '--timeout', '4s');
  expect(broken.code).not.toBe(0);
  expect(broken.text).toMatch(/context deadline exceeded|timed out|not ready/);
  await mustHelm('rollback', 'shop', '1', ...wait);
  expect(await kube('get', 'deployment/shop', '-o', 'jsonpath={.spec.replicas}')).toBe('1');
  expect(await greeting()).toContain('"Hello"');
  expect(await mustHelm('list')).toMatch(/shop\s+helm-test\s+4\s.*deployed/);
  expect(await mustHelm('get', 'values', 'shop', '--all')).toContain('greeting: Hello');

  await mustHelm('uninstall', 'shop', ...wait);
  expect(await kube('get', 'deployments,services,secrets', '-o', 'name')).toBe('');
});
