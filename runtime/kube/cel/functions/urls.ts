import type { Environment } from '../load';

const sync = { async: false };

/** A URL as Go parses one that stands in a request: absolute, or a path from the root. */
class Url {
  constructor(
    readonly url: URL,
    readonly absolute: boolean,
  ) {}
}

const parse = (text: string): Url | undefined => {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(text)) return new Url(new URL(text), true);
  return text.startsWith('/') && URL.canParse(text, 'http://host')
    ? new Url(new URL(text, 'http://host'), false)
    : undefined;
};

/** Kubernetes' functions of URLs. */
export function registerUrls(environment: Environment): void {
  const define = (signature: string, run: (...args: never[]) => unknown) =>
    environment.registerFunction(signature, run as never, sync);
  environment.registerType('kubernetes.URL', Url);
  define('url(string): kubernetes.URL', (text: string) => {
    const url = parse(text);
    if (!url) throw new Error(`URL parse error during conversion from string: ${JSON.stringify(text)}`);
    return url;
  });
  define('isURL(string): bool', (text: string) => parse(text) !== undefined);
  const get = (name: string, of: (url: URL) => string) =>
    define(`kubernetes.URL.${name}(): string`, ({ url, absolute }: Url) =>
      absolute || name === 'getEscapedPath' ? of(url) : '',
    );
  get('getScheme', (url) => url.protocol.slice(0, -1));
  get('getHost', (url) => url.host);
  get('getHostname', (url) => url.hostname.replace(/^\[|\]$/g, ''));
  get('getPort', (url) => url.port);
  get('getEscapedPath', (url) => url.pathname);
  define('kubernetes.URL.getQuery(): map<string, list<string>>', ({ url }: Url) => {
    const query = new Map<string, string[]>();
    for (const [key, value] of url.searchParams) query.set(key, [...(query.get(key) ?? []), value]);
    return query;
  });
  environment.registerOperator(
    'kubernetes.URL == kubernetes.URL',
    ((a: Url, b: Url) => a.url.href === b.url.href) as never,
  );
}
