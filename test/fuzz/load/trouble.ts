import type { FaultyOrigin } from "./origin.ts";
import type { FaultyStorage } from "./store.ts";

/** Faults of the origin, one after the other, with quiet times in between. */
export class OriginTrouble {
  isOn = false;
  /** Whether a fault has just ended: connections that it closed may still be in use. */
  isSettling = false;
  /** Faults so far; a request during which it changes may have met one. */
  count = 0;
  readonly #origin: FaultyOrigin;
  readonly #reload: () => void;

  /** @param reload writes other rules */
  constructor(origin: FaultyOrigin, reload: () => void) {
    this.#origin = origin;
    this.#reload = reload;
  }

  async run(until: number): Promise<void> {
    const kinds = ["resets", "down", "stalls", "restart"] as const;
    for (let i = 0; performance.now() < until - 1500; i++) {
      await pause(700);
      this.#reload();
      this.count++;
      this.isOn = true;
      const kind = kinds[i % kinds.length];
      if (kind === "restart") this.#origin.restart();
      else if (kind !== undefined) {
        await this.#origin.set(kind);
        await pause(300);
        await this.#origin.set("none");
      }
      this.isOn = false;
      this.isSettling = true;
      await pause(100);
      this.isSettling = false;
    }
  }
}

/** Faults of the store, one after the other, at the same time; gives how often each happened. */
export async function troubleStore(
  { faults }: FaultyStorage,
  until: number,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  const kinds = Object.entries(faults);
  for (let i = 0; performance.now() < until - 2500; i++) {
    await pause(500);
    const [name, begin] = kinds[i % kinds.length] as (typeof kinds)[number];
    const end = await begin();
    counts[name] = (counts[name] ?? 0) + 1;
    await pause(700);
    await end();
  }
  return counts;
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
