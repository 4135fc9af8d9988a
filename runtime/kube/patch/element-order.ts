/**
 * Puts a merged list in the order that `$setElementOrder` asks for. Items it names stand in its order; items it does
 * not name (which others added) keep their order among themselves and stay before the named item that they stood
 * before in the list as it was.
 */
export function orderElements(
  merged: readonly unknown[],
  wanted: readonly unknown[],
  original: readonly unknown[],
  identity: (item: unknown) => string,
): unknown[] {
  const wantedAt = positions(wanted, identity);
  const originalAt = positions(original, identity);
  const named: Array<{ item: unknown; was: number | undefined; at: number }> = [];
  const others: Array<{ item: unknown; was: number | undefined }> = [];
  for (const item of merged) {
    const id = identity(item);
    const at = wantedAt.get(id);
    const was = originalAt.get(id);
    if (at === undefined) others.push({ item, was });
    else named.push({ item, was, at });
  }
  named.sort((a, b) => a.at - b.at);

  const result: unknown[] = [];
  let next = 0;
  for (const { item, was } of named) {
    for (; next < others.length; next++) {
      const other = others[next] as { item: unknown; was: number | undefined };
      if (was === undefined || other.was === undefined || other.was > was) break;
      result.push(other.item);
    }
    result.push(item);
  }
  return [...result, ...others.slice(next).map(({ item }) => item)];
}

function positions(list: readonly unknown[], identity: (item: unknown) => string): Map<string, number> {
  const at = new Map<string, number>();
  list.forEach((item, i) => {
    const id = identity(item);
    if (!at.has(id)) at.set(id, i);
  });
  return at;
}
