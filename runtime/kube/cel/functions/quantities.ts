import { type Quantity as Parsed, tryParseQuantity } from '../../quantity';
import type { Environment } from '../load';

const sync = { async: false };
const whole = 1_000_000_000n;

class Quantity {
  constructor(readonly nano: bigint) {}
}

/** Kubernetes' functions of quantities: `quantity("1.5Gi").isGreaterThan(quantity("1G"))`. */
export function registerQuantities(environment: Environment): void {
  const define = (signature: string, run: (...args: never[]) => unknown) =>
    environment.registerFunction(signature, run as never, sync);
  environment.registerType('kubernetes.Quantity', Quantity);
  define('quantity(string): kubernetes.Quantity', (text: string) => {
    const parsed: Parsed | undefined = tryParseQuantity(text);
    if (!parsed) throw new Error(`quantity is not valid: ${JSON.stringify(text)}`);
    return new Quantity(parsed.nano);
  });
  define('isQuantity(string): bool', (text: string) => tryParseQuantity(text) !== undefined);
  const on = (rest: string, run: (...args: never[]) => unknown) => define(`kubernetes.Quantity.${rest}`, run);
  on('sign(): int', ({ nano }: Quantity) => (nano > 0n ? 1n : nano < 0n ? -1n : 0n));
  on('isInteger(): bool', ({ nano }: Quantity) => nano % whole === 0n);
  on('asInteger(): int', ({ nano }: Quantity) => {
    if (nano % whole !== 0n) throw new Error('cannot convert value to integer');
    return nano / whole;
  });
  on('asApproximateFloat(): double', ({ nano }: Quantity) => Number(nano) / 1e9);
  on('compareTo(kubernetes.Quantity): int', (a: Quantity, b: Quantity) =>
    a.nano > b.nano ? 1n : a.nano < b.nano ? -1n : 0n,
  );
  on('isGreaterThan(kubernetes.Quantity): bool', (a: Quantity, b: Quantity) => a.nano > b.nano);
  on('isLessThan(kubernetes.Quantity): bool', (a: Quantity, b: Quantity) => a.nano < b.nano);
  on('add(kubernetes.Quantity): kubernetes.Quantity', (a: Quantity, b: Quantity) => new Quantity(a.nano + b.nano));
  on('sub(kubernetes.Quantity): kubernetes.Quantity', (a: Quantity, b: Quantity) => new Quantity(a.nano - b.nano));
  on('add(int): kubernetes.Quantity', (a: Quantity, b: bigint) => new Quantity(a.nano + b * whole));
  on('sub(int): kubernetes.Quantity', (a: Quantity, b: bigint) => new Quantity(a.nano - b * whole));
  environment.registerOperator(
    'kubernetes.Quantity == kubernetes.Quantity',
    ((a: Quantity, b: Quantity) => a.nano === b.nano) as never,
  );
}
