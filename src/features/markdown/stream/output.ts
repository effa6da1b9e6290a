/** The markdown written so far: what is sure, and behind it what may yet be dropped. */
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

  /** Sets apart what is written from here on. */
  beginTentative(): void {
    this.#tentative = "";
  }

  /** Keeps or drops what was set apart. */
  endTentative(isContent: boolean): void {
    if (isContent) this.#sure += this.#tentative ?? "";
    this.#tentative = undefined;
  }

  /** Keeps a part of what is sure, behind a head; what is set apart stays. */
  choose(head: string, start: number, end: number): void {
    let from = start;
    while (this.#sure.charCodeAt(from) === 10) from += 1;
    this.#sure = head + this.#sure.slice(from, end);
  }

  /** Gives away what is sure. */
  take(): string {
    const taken = this.#sure;
    this.#sure = "";
    return taken;
  }
}
