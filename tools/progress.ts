/** Progress of a long command on the terminal: what starts, what is done, and how long it took. */
export class Progress {
  readonly seconds: Record<string, number> = {};

  constructor(private readonly out: NodeJS.WritableStream = process.stderr) {}

  say(text: string): void {
    this.out.write(`${text}\n`);
  }

  /** Runs one step, telling its start and its end. Steps that take no time to speak of stay silent. */
  async step<T>(name: string, text: string, run: () => Promise<T>): Promise<T> {
    const started = Date.now();
    const announce = setTimeout(() => this.say(`· ${text} …`), 300);
    try {
      const result = await run();
      const took = (Date.now() - started) / 1000;
      this.seconds[name] = Math.round(took * 100) / 100;
      if (took >= 0.3) this.say(`✓ ${text} (${took.toFixed(1)} s)`);
      return result;
    } finally {
      clearTimeout(announce);
    }
  }
}
