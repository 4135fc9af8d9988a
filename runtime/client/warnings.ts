/** The texts of a `Warning` header: `299 - "text"`, several joined by commas (RFC 7234, 5.5). */
export function parseWarnings(header: string | undefined): string[] {
  if (!header) return [];
  const texts: string[] = [];
  for (const match of header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)) {
    texts.push((match[1] as string).replace(/\\(.)/g, '$1'));
  }
  return texts;
}
