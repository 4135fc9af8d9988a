/**
 * How many indexes a text such as `1,3-5,7` names, of a job of `completions`.
 * @throws RangeError for a text of another form, indexes out of order or beyond the job's
 */
export function parseIndexes(text: string, completions: number): number {
  if (text === '') return 0;
  let total = 0;
  let last: number | undefined;
  for (const interval of text.split(',')) {
    const ends = interval.split('-');
    if (ends.length > 2) {
      throw new RangeError(
        `the fragment ${JSON.stringify(interval)} violates the requirement that an index interval can have at most two parts separated by '-'`,
      );
    }
    const [first = 0, end = first] = ends.map((end) => index(end, completions));
    if (last !== undefined && last >= first)
      throw new RangeError(`non-increasing order, previous: ${last}, current: ${first}`);
    if (ends.length === 2 && first >= end)
      throw new RangeError(`non-increasing order, previous: ${first}, current: ${end}`);
    total += end - first + 1;
    last = end;
  }
  return total;
}

function index(text: string, completions: number): number {
  if (!/^\d+$/.test(text)) {
    throw new RangeError(`cannot convert string to integer for index: ${JSON.stringify(text)}`);
  }
  const value = Number(text);
  if (value >= completions) throw new RangeError(`too large index: ${JSON.stringify(text)}`);
  return value;
}
