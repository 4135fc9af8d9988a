import { forbidden, invalid, required } from '../../../field-errors';
import type { HTTPGetAction, Lifecycle, LifecycleHandler, Probe } from '../../../generated/types';
import type { FieldError } from '../../../kind';
import { checkNonNegative, checkPositive } from '../../shared/limits';
import { checkPortNumberOrName, checkWord } from '../../shared/values';

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & Pick<LifecycleHandler, 'sleep'>;

const handlerTypes = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

/** The rules of the three probes; `grace` is the pod's grace period in seconds. */
export function checkProbes(
  container: { livenessProbe?: Probe; readinessProbe?: Probe; startupProbe?: Probe },
  field: string,
  grace: number,
): FieldError[] {
  const { livenessProbe, readinessProbe, startupProbe } = container;
  const errors = [
    ...checkProbe(livenessProbe, `${field}.livenessProbe`, grace),
    ...checkProbe(readinessProbe, `${field}.readinessProbe`, grace),
    ...checkProbe(startupProbe, `${field}.startupProbe`, grace),
    ...checkOneSuccess(livenessProbe, `${field}.livenessProbe`),
    ...checkOneSuccess(startupProbe, `${field}.startupProbe`),
  ];
  if (readinessProbe?.terminationGracePeriodSeconds !== undefined) {
    errors.push(
      invalid(
        `${field}.readinessProbe.terminationGracePeriodSeconds`,
        readinessProbe.terminationGracePeriodSeconds,
        'must not be set for readinessProbes',
      ),
    );
  }
  return errors;
}

function checkOneSuccess(probe: Probe | undefined, field: string): FieldError[] {
  const threshold = probe?.successThreshold ?? 1;
  return threshold === 1 ? [] : [invalid(`${field}.successThreshold`, threshold, 'must be 1')];
}

function checkProbe(probe: Probe | undefined, field: string, grace: number): FieldError[] {
  if (!probe) return [];
  return [
    ...checkHandler(probe, field, grace),
    ...checkNonNegative(`${field}.initialDelaySeconds`, probe.initialDelaySeconds),
    ...checkNonNegative(`${field}.timeoutSeconds`, probe.timeoutSeconds),
    ...checkNonNegative(`${field}.periodSeconds`, probe.periodSeconds),
    ...checkNonNegative(`${field}.successThreshold`, probe.successThreshold),
    ...checkNonNegative(`${field}.failureThreshold`, probe.failureThreshold),
    ...checkPositive(`${field}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds),
  ];
}

export function checkLifecycle(lifecycle: Lifecycle | undefined, field: string, grace: number): FieldError[] {
  return [
    ...(lifecycle?.postStart ? checkHandler(lifecycle.postStart, `${field}.postStart`, grace) : []),
    ...(lifecycle?.preStop ? checkHandler(lifecycle.preStop, `${field}.preStop`, grace) : []),
    ...(lifecycle?.stopSignal ? [forbidden(`${field}.stopSignal`, 'this field is not served')] : []),
  ];
}

function checkHandler(handler: Handler, field: string, grace: number): FieldError[] {
  const [first, ...more] = handlerTypes.filter((type) => handler[type]);
  if (!first) return [required(field, 'must specify a handler type')];
  const errors = more.map((type) => forbidden(`${field}.${type}`, 'may not specify more than 1 handler type'));
  const at = `${field}.${first}`;
  switch (first) {
    case 'exec':
      return handler.exec?.command?.length ? errors : [...errors, required(`${at}.command`)];
    case 'httpGet':
      return [...errors, ...checkHttpGet(handler.httpGet as HTTPGetAction, at)];
    case 'tcpSocket':
      return [...errors, ...checkPortNumberOrName(`${at}.port`, handler.tcpSocket?.port)];
    case 'grpc':
      return [...errors, forbidden(at, 'gRPC probes are not served; use exec, httpGet or tcpSocket')];
    case 'sleep': {
      const seconds = handler.sleep?.seconds ?? 0;
      if (seconds >= 0 && seconds <= grace) return errors;
      const detail = `must be non-negative and less than terminationGracePeriodSeconds (${grace})`;
      return [...errors, invalid(`${at}.seconds`, seconds, detail)];
    }
  }
}

function checkHttpGet(action: HTTPGetAction, field: string): FieldError[] {
  const header =
    "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
  return [
    ...(action.path ? [] : [required(`${field}.path`)]),
    ...checkPortNumberOrName(`${field}.port`, action.port),
    ...checkWord(`${field}.scheme`, action.scheme, ['HTTP', 'HTTPS']),
    ...(action.httpHeaders ?? []).flatMap(({ name }, index) =>
      /^[-A-Za-z0-9]+$/.test(name ?? '') ? [] : [invalid(`${field}.httpHeaders[${index}].name`, name ?? '', header)],
    ),
  ];
}
