/** Something of which there is only so much, and of which no one may have more than a part. */
export class Shares {
  private taken = 0;
  private readonly byHolder = new Map<string, number>();

  /** `perHolder` ≤ `total`, so that one holder alone leaves nobody without. */
  constructor(
    private readonly total: number,
    private readonly perHolder: number,
  ) {}

  /** Takes one. @returns what gives it back, once; undefined when there is none for this holder. */
  take(holder: string): (() => void) | undefined {
    const had = this.byHolder.get(holder) ?? 0;
    if (this.taken >= this.total || had >= this.perHolder) return undefined;
    this.taken++;
    this.byHolder.set(holder, had + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.taken--;
      const left = (this.byHolder.get(holder) ?? 1) - 1;
      if (left > 0) this.byHolder.set(holder, left);
      else this.byHolder.delete(holder);
    };
  }
}
