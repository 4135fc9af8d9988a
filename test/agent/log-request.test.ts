import fc from 'fast-check';
import { BadRequest, logOptions } from '../../runtime/agent/server/log-request';

const names = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes', 'stream'];
const values = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '1',
    '-1',
    '1e3',
    '0x10',
    '9'.repeat(30),
    'true',
    'NaN',
    'All',
    'Stdout',
    '2026-01-01T00:00:00Z',
  ),
  fc.string(),
);

it('the options of a log are read whole or refused by name', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...names), values), { maxLength: 5 }), (pairs) => {
      const query = new URLSearchParams(pairs);
      try {
        const { sinceTime, tailLines, limitBytes, stdout, stderr } = logOptions(
          query,
          Date.parse('2026-01-01T00:00:00Z'),
        );
        for (const number of [sinceTime, tailLines, limitBytes]) {
          if (number !== undefined) expect(Number.isFinite(number)).toBe(true);
        }
        expect(stdout || stderr).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(BadRequest);
        expect(names.some((name) => (error as Error).message.includes(name))).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});
