import 'zod';

/**
 * What a property's zod type cannot say about its Terraform attribute; given with `.meta({ … })`.
 *
 * Type mapping: string and enums → string; number → number; boolean → bool; array → list; record → map;
 * object → nested attributes; unknown/json → dynamic. `.optional()`, `.nullish()` and `.default()` make it optional,
 * and a default is what is planned when nothing is configured.
 */
export interface AttributeMeta {
  description?: string;
  /** The provider decides the value. With `.optional()`: unless the user gives one. */
  computed?: boolean;
  /** Shown as "(sensitive value)". */
  sensitive?: boolean;
  /** The value reaches create and update in `config` only, and is kept in no plan and no state. */
  writeOnly?: boolean;
  /** A change of this property replaces the resource. On a block: any change within it. */
  forceNew?: boolean;
  /** Why it should no longer be used, in one sentence. */
  deprecationMessage?: string;
  /** An array without order and duplicates. */
  set?: boolean;
  /** An object, or an array of objects, that is written as a nested block rather than as an attribute. */
  block?: 'single' | 'list' | 'set';
}

declare module 'zod' {
  interface GlobalMeta extends AttributeMeta {}
}
