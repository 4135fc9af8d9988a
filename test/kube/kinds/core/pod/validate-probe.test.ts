import type { Container } from '../../../../../runtime/kube/generated/types';
import { minimal, testCreates } from '../../fixtures';
import { app, onApp, set } from './changes';

function probe(values: object) {
  return onApp(set<Container>({ livenessProbe: { exec: { command: ['true'] }, ...values } }));
}

describe('probes and hooks', () => {
  const at = `${app}.livenessProbe`;
  testCreates(minimal.pod, [
    ['exec passes', probe({})],
    [
      'no handler',
      onApp(set<Container>({ readinessProbe: {} })),
      `${app}.readinessProbe: Required value: must specify a handler type`,
    ],
    [
      'two handlers',
      probe({ tcpSocket: { port: 1 } }),
      `${at}.tcpSocket: Forbidden: may not specify more than 1 handler type`,
    ],
    ['no command', onApp(set<Container>({ livenessProbe: { exec: {} } })), `${at}.exec.command: Required value`],
    [
      'negative delay',
      probe({ initialDelaySeconds: -1 }),
      `${at}.initialDelaySeconds: Invalid value: -1: must be greater than or equal to 0`,
    ],
    [
      'negative timeout',
      probe({ timeoutSeconds: -1 }),
      `${at}.timeoutSeconds: Invalid value: -1: must be greater than or equal to 0`,
    ],
    [
      'negative period',
      probe({ periodSeconds: -1 }),
      `${at}.periodSeconds: Invalid value: -1: must be greater than or equal to 0`,
    ],
    [
      'negative failures',
      probe({ failureThreshold: -1 }),
      `${at}.failureThreshold: Invalid value: -1: must be greater than or equal to 0`,
    ],
    [
      'two successes for liveness',
      probe({ successThreshold: 2 }),
      `${at}.successThreshold: Invalid value: 2: must be 1`,
    ],
    [
      'two successes for readiness pass',
      onApp(set<Container>({ readinessProbe: { tcpSocket: { port: 'http' }, successThreshold: 2 } })),
    ],
    [
      'no grace',
      probe({ terminationGracePeriodSeconds: 0 }),
      `${at}.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0`,
    ],
    [
      'grace of readiness',
      onApp(set<Container>({ readinessProbe: { tcpSocket: { port: 1 }, terminationGracePeriodSeconds: 5 } })),
      `${app}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes`,
    ],
    [
      'port out of range',
      onApp(set<Container>({ livenessProbe: { tcpSocket: { port: 0 } } })),
      `${at}.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive`,
    ],
    [
      'port without a name',
      onApp(set<Container>({ livenessProbe: { tcpSocket: { port: '80' } } })),
      `${at}.tcpSocket.port: Invalid value: "80": must contain at least one letter (a-z)`,
    ],
    [
      'grpc',
      onApp(set<Container>({ livenessProbe: { grpc: { port: 80 } } })),
      `${at}.grpc: Forbidden: gRPC probes are not served; use exec, httpGet or tcpSocket`,
    ],
    [
      'http passes',
      onApp(set<Container>({ livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'X-A', value: 'b' }] } } })),
    ],
    [
      'http scheme',
      onApp(set<Container>({ livenessProbe: { httpGet: { port: 80, scheme: 'ftp' } } })),
      `${at}.httpGet.scheme: Unsupported value: "ftp": supported values: "HTTP", "HTTPS"`,
    ],
    [
      'http header',
      onApp(set<Container>({ livenessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'a b', value: 'b' }] } } })),
      `${at}.httpGet.httpHeaders[0].name: Invalid value: "a b": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')`,
    ],
    ['preStop sleep passes', onApp(set<Container>({ lifecycle: { preStop: { sleep: { seconds: 5 } } } }))],
    [
      'preStop sleep beyond the grace',
      onApp(set<Container>({ lifecycle: { preStop: { sleep: { seconds: 31 } } } })),
      `${app}.lifecycle.preStop.sleep.seconds: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`,
    ],
    [
      'postStart without handler',
      onApp(set<Container>({ lifecycle: { postStart: {} } })),
      `${app}.lifecycle.postStart: Required value: must specify a handler type`,
    ],
    [
      'stop signal',
      onApp(set<Container>({ lifecycle: { stopSignal: 'SIGINT' } })),
      `${app}.lifecycle.stopSignal: Forbidden: this field is not served`,
    ],
  ]);
});

describe('resources', () => {
  const resources = (values: object) => onApp(set<Container>({ resources: values }));
  const at = `${app}.resources`;
  testCreates(minimal.pod, [
    ['requests below limits pass', resources({ requests: { cpu: '100m' }, limits: { cpu: 1 } })],
    [
      'request above limit',
      resources({ requests: { cpu: 2 }, limits: { cpu: '1' } }),
      `${at}.requests: Invalid value: "2": must be less than or equal to cpu limit of 1`,
    ],
    [
      'negative',
      resources({ requests: { memory: '-1Mi' } }),
      `${at}.requests[memory]: Invalid value: "-1Mi": must be greater than or equal to 0`,
    ],
    [
      'a resource nobody knows',
      resources({ requests: { gpu: 1 } }),
      `${at}.requests[gpu]: Invalid value: "gpu": must be a standard resource for containers`,
    ],
    ['extended resource passes', resources({ limits: { 'example.com/gpu': 1 } })],
    [
      'half an extended resource',
      resources({ limits: { 'example.com/gpu': '500m' } }),
      `${at}.limits[example.com/gpu]: Invalid value: "500m": must be an integer`,
      `${at}.requests[example.com/gpu]: Invalid value: "500m": must be an integer`,
    ],
    [
      'extended resource overcommitted',
      resources({ limits: { 'example.com/gpu': 2 }, requests: { 'example.com/gpu': 1 } }),
      `${at}.requests: Invalid value: "1": must be equal to example.com/gpu limit of 2`,
    ],
    [
      'extended request without limit',
      resources({ requests: { 'example.com/gpu': 1 } }),
      `${at}.limits: Invalid value: "1": Limit must be set for non overcommitable resources`,
    ],
    [
      'huge pages alone',
      resources({ limits: { 'hugepages-2Mi': '2Mi' } }),
      `${at}: Forbidden: HugePages require cpu or memory`,
    ],
    ['claims', resources({ claims: [{ name: 'c' }] }), `${at}.claims: Forbidden: resource claims are not served`],
  ]);
});
