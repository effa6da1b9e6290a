/** The markdown so far: a final part, and a tentative part that may be dropped. */
export class Output {
  #sure = "";
  #tentative: string | undefined;

  get length(): number {
    return this.#sure.length + (this.#tentative?.length ?? 0);
  }

  append(markdown: string): void {
    if (this.#tentative === undefined) this.#sure += markdown;
    else this.#tentative += markdown;
  }

  /** Makes further output tentative. */
  beginTentative(): void {
    this.#tentative = "";
  }

  /** Keeps or drops the tentative part. */
  endTentative(isContent: boolean): void {
    if (isContent) this.#sure += this.#tentative ?? "";
    this.#tentative = undefined;
  }

  /** Replaces the final part by a head and a part of it; the tentative part stays. */
  choose(head: string, start: number, end: number): void {
    let from = start;
    while (this.#sure.charCodeAt(from) === 10) from += 1;
    this.#sure = head + this.#sure.slice(from, end);
  }

  /** Returns the final part, and removes it. */
  take(): string {
    const taken = this.#sure;
    this.#sure = "";
    return taken;
  }
}
