/**
 * Calls `fn` `count` times, in batches of 1, 2, 4, … that each run together. The first batch with a failure is the
 * last: what fails for one (a quota, a bad template) would fail for all.
 * @throws the first failure, once its batch has ended
 */
export async function slowStart(count: number, fn: () => Promise<void>): Promise<void> {
  let left = count;
  for (let batch = 1; left > 0; batch = Math.min(batch * 2, left)) {
    const results = await Promise.allSettled(Array.from({ length: batch }, fn));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
    left -= batch;
  }
}
