/** Pages between two lines if the progress does not go to a terminal. */
const A_LINE = 100;

/** Shows the progress of a crawl. */
export interface Progress {
  page(done: number, waiting: number): void;
  /** Ends the line, so that messages and the report begin on a new one. */
  end(): void;
}

/**
 * Progress for a terminal is one line that is written again and again; for a file or a pipe, it is
 * a line for every hundred pages and one at the end.
 */
export function progressOn(err: (text: string) => void, isTerminal: boolean): Progress {
  let last: string | undefined;
  let isOpen = false;
  return {
    page(done, waiting) {
      last = `${done} pages, ${waiting} waiting`;
      isOpen = isTerminal || done % A_LINE !== 0;
      if (isTerminal) err(`\r${last}  `);
      else if (!isOpen) err(`${last}\n`);
    },
    end() {
      if (isOpen && last !== undefined) err(isTerminal ? "\n" : `${last}\n`);
      isOpen = false;
    },
  };
}
