import type { WireField } from './wire';
import type { ReverseWriter } from './writer';

/** How values of one type stand on the wire. `write` and `read` are each other's inverse for all but empty values. */
export interface Codec {
  /** 0: varint, 1: eight bytes, 2: a length and so many bytes. */
  readonly wire: 0 | 1 | 2;
  /** Writes a value that is of the type (objects are validated before they are stored), its length before it. */
  write(writer: ReverseWriter, value: unknown): void;
  /** Undefined stands for no value. @throws RangeError for bytes that are none of the type */
  read(field: WireField, depth: number): unknown;
}

/** Messages may nest so deep, as objects may. */
export const maxDepth = 200;
