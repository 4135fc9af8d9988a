import { createHash } from 'node:crypto';

/** `SHA256:…` of a public key blob, as ssh prints it. */
export function fingerprint(keyBlob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(keyBlob).digest('base64').replace(/=+$/, '')}`;
}

/**
 * A host key as a person writes it, as a fingerprint: `SHA256:…` itself, or a public key line (`ssh-ed25519 AAAA… comment`),
 * with or without the host names of a known_hosts line in front.
 * @throws RangeError for anything else.
 */
export function parseHostKey(text: string): string {
  const trimmed = text.trim();
  if (/^SHA256:[A-Za-z0-9+/]{43}=?$/.test(trimmed)) return trimmed.replace(/=$/, '');
  const words = trimmed.split(/\s+/);
  const at = words.findIndex((word) => /^(ssh-(ed25519|rsa)|ecdsa-sha2-nistp(256|384|521))$/.test(word));
  const blob = at >= 0 ? words[at + 1] : undefined;
  if (blob && /^[A-Za-z0-9+/]+={0,2}$/.test(blob)) return fingerprint(Buffer.from(blob, 'base64'));
  throw new RangeError(
    `host key ${JSON.stringify(text)} is neither a fingerprint (SHA256:…, 43 characters) nor a public key line ` +
      '(ssh-ed25519 AAAA…); ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub prints it on the host',
  );
}
