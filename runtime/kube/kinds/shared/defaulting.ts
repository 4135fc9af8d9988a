/** The value of `object[key]`, made first where it is missing: `{}` by default. */
export function ensure<T extends object, K extends keyof T>(object: T, key: K, make?: () => T[K]): NonNullable<T[K]> {
  const present = object[key];
  if (present !== undefined && present !== null) return present;
  const made = (make ? make() : {}) as NonNullable<T[K]>;
  object[key] = made;
  return made;
}

/** Sets a number or flag where it is missing; 0 and false stay as they are. */
export function defaultTo<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): void {
  if (object[key] === undefined || object[key] === null) object[key] = value;
}

/** Sets a text, or a number whose zero means "not given", where it is missing or empty. */
export function defaultEmpty<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): void {
  if (!object[key]) object[key] = value;
}
