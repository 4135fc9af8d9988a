/** A pod of the size of those that a cluster has: about 3 KB as it is stored. */
export function podBody(name: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { app: 'bench', 'pod-template-hash': '5d9c7b8f6d', tier: 'backend' },
      annotations: { 'kubernetes.io/description': 'one of many pods that a benchmark made' },
    },
    spec: {
      containers: [
        {
          name: 'main',
          image: 'registry.example.com/team/service:v1.24.3',
          ports: [{ name: 'http', containerPort: 8080 }],
          env: [
            { name: 'LOG_LEVEL', value: 'info' },
            { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
          resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
          readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
        },
      ],
    },
  });
}

export function configMapBody(name: string, value: number): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name },
    data: { value: String(value), text: 'x'.repeat(700) },
  });
}
