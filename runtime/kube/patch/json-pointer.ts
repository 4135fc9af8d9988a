/** Deeper pointers are refused, so that no patch builds an object that cannot be written. */
const MAX_STEPS = 256;

/**
 * The steps of an RFC 6901 pointer: `/a~1b/0` → `['a/b', '0']`; the empty pointer is the whole document.
 * @throws RangeError for text that is no pointer, or one of more than 256 steps.
 */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/'))
    throw new RangeError(`${JSON.stringify(pointer)} is no JSON pointer: it must start with /`);
  const steps = pointer.slice(1).split('/');
  if (steps.length > MAX_STEPS)
    throw new RangeError(`a JSON pointer has at most ${MAX_STEPS} steps, got ${steps.length}`);
  return steps.map((step) => {
    if (step === '__proto__') throw new RangeError('the key "__proto__" is not allowed');
    return step.replaceAll('~1', '/').replaceAll('~0', '~');
  });
}
