// Which fields of the built-in kinds are values in Go, written in protobuf even when empty and meaning nothing then.
// Others are pointers there: a 0, false or empty message of theirs was meant.

const valueIntegers = new Set([
  'availableReplicas',
  'containerPort',
  'count',
  'failureThreshold',
  'fullyLabeledReplicas',
  'generation',
  'healthCheckNodePort',
  'hostPort',
  'initialDelaySeconds',
  'maxSkew',
  'minReadySeconds',
  'nodePort',
  'observedGeneration',
  'periodSeconds',
  'readyReplicas',
  'successThreshold',
  'timeoutSeconds',
  'unavailableReplicas',
  'updatedReplicas',
  'weight',
]);

const valueBooleans = new Set([
  'hostIPC',
  'hostNetwork',
  'hostPID',
  'paused',
  'publishNotReadyAddresses',
  'readOnly',
  'stdin',
  'stdinOnce',
  'tty',
  'unschedulable',
]);

const valueMessages = new Set([
  'daemonEndpoints',
  'kubeletEndpoint',
  'lastState',
  'loadBalancer',
  'metadata',
  'nodeInfo',
  'resources',
  'source',
  'spec',
  'state',
  'status',
  'strategy',
  'template',
]);

export const isValueInteger = (name: string): boolean => valueIntegers.has(name);
export const isValueBoolean = (name: string): boolean => valueBooleans.has(name);
export const isValueMessage = (name: string): boolean => valueMessages.has(name);
