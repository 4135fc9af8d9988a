import { endOfString } from './json-text';

interface Frame {
  /** Keys seen so far in an object; undefined in a list. */
  keys: Set<string> | undefined;
  index: number;
  path: string;
}

/** A key of a JSON text: where it stands, and whether its object has it already. */
export interface KeyInText {
  path: string;
  again: boolean;
}

/** The paths of keys that stand twice in one object of a valid JSON text, each once, in the order found. */
export function duplicateKeys(text: string): string[] {
  return [...new Set(keysOf(text).flatMap(({ path, again }) => (again ? [path] : [])))];
}

/** Every key of a valid JSON text, in the order of the text. */
export function keysOf(text: string): KeyInText[] {
  const found: KeyInText[] = [];
  const frames: Frame[] = [];
  let path = '';
  let expectKey = false;
  for (let i = 0; i < text.length; i++) {
    const frame = frames[frames.length - 1];
    switch (text[i]) {
      case '{':
        frames.push({ keys: new Set(), index: 0, path });
        expectKey = true;
        break;
      case '[':
        frames.push({ keys: undefined, index: 0, path });
        path = `${path}[0]`;
        expectKey = false;
        break;
      case '}':
      case ']':
        frames.pop();
        expectKey = false;
        break;
      case ',':
        if (!frame) break;
        if (frame.keys) expectKey = true;
        else path = `${frame.path}[${++frame.index}]`;
        break;
      case '"': {
        const end = endOfString(text, i);
        if (expectKey && frame?.keys) {
          const key = JSON.parse(text.slice(i, end + 1)) as string;
          path = frame.path === '' ? key : `${frame.path}.${key}`;
          found.push({ path, again: frame.keys.has(key) });
          frame.keys.add(key);
          expectKey = false;
        }
        i = end;
      }
    }
  }
  return found;
}
