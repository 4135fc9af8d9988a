import { App, TerraformOutput, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';
import { Cluster, ConfigMap, Deployment, DockerNode, Image, NodePool, Service } from './lib';

/** A cluster of three containers on this machine, and a web app that heals itself on it. */
class Hello extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);

    const cluster = new Cluster(this, 'hello');
    new DockerNode(cluster, 'server', { role: 'server' });
    new NodePool(cluster, 'agent', { count: 2 });

    const greeting = new ConfigMap(cluster, 'greeting', { data: { greeting: 'Hello from orlop' } });
    const probe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 2, timeoutSeconds: 1 };
    const web = new Deployment(cluster, 'web', {
      replicas: 3,
      containers: [
        {
          image: new Image(cluster, 'hello-web', { context: 'examples/web' }),
          ports: [{ containerPort: 8080 }],
          env: { GREETING_FILE: '/etc/web/greeting' },
          mounts: { '/etc/web': greeting },
          resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { memory: '256Mi' } },
          readinessProbe: probe,
          livenessProbe: { ...probe, initialDelaySeconds: 5 },
        },
      ],
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    const service = new Service(cluster, 'web-service', {
      name: 'web',
      selector: web,
      ports: [{ port: 80, targetPort: 8080, hostPort: 8080 }],
    });

    new TerraformOutput(this, 'url', { value: service.url });
  }
}

const app = new App();
new Hello(app, 'hello');
app.synth();
