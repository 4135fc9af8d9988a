export type Library = typeof import('@marcbachmann/cel-js', { with: { 'resolution-mode': 'import' }});
export type Environment = InstanceType<Library['Environment']>;

/** The library, loaded when the first rule is met: most processes never meet one. */
export function celLibrary(): Library {
  return require('@marcbachmann/cel-js') as Library;
}

interface Optionals {
  constructor: { of(value: unknown): unknown };
}
let none: Optionals | undefined;

/** An optional value as expressions have them; undefined makes an empty one. */
export function optionalOf(value: unknown): unknown {
  none ??= new (celLibrary().Environment)({ enableOptionalTypes: true }).evaluate('optional.none()') as Optionals;
  return value === undefined ? none : none.constructor.of(value);
}
