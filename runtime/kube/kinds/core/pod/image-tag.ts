/** The parts of an image reference: `registry.example:5000/team/app:1.2@sha256:…`. */
export interface ImageReference {
  repository: string;
  /** `latest` where neither tag nor digest is given. */
  tag?: string;
  digest?: string;
}

/** Takes an image reference apart. It never fails: what is no tag by its form stays part of the repository. */
export function parseImage(image: string): ImageReference {
  const at = image.indexOf('@');
  const digest = at < 0 ? undefined : image.slice(at + 1);
  const rest = at < 0 ? image : image.slice(0, at);
  const colon = rest.lastIndexOf(':');
  // A colon before the last slash belongs to a registry's port.
  const tagged = colon > rest.lastIndexOf('/');
  const repository = tagged ? rest.slice(0, colon) : rest;
  const tag = tagged ? rest.slice(colon + 1) : digest === undefined ? 'latest' : undefined;
  return { repository, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

/** `Always` for `:latest` and for no tag at all, else `IfNotPresent`. */
export function defaultPullPolicy(image: string): 'Always' | 'IfNotPresent' {
  return parseImage(image).tag === 'latest' ? 'Always' : 'IfNotPresent';
}
