import { count } from "../remarks.ts";

/** Shows on standard error how far an audit is. */
export interface AuditProgress {
  check(id: string): void;
  request(count: number): void;
  /** Ends the line, so that messages and the report begin on a new one. */
  end(): void;
}

/** On a terminal one line that is written again and again; else one line at the end. */
export function auditProgress(err: (text: string) => void, isTerminal: boolean): AuditProgress {
  let current = "";
  let requests = 0;
  let isOpen = false;
  const show = (): void => {
    isOpen = true;
    if (isTerminal) err(`\r${`${count(requests, "request")}, ${current}`.padEnd(60)}`);
  };
  return {
    check(id) {
      current = id;
      show();
    },
    request(sent) {
      requests = sent;
      show();
    },
    end() {
      const sent = count(requests, "request");
      if (isOpen) err(isTerminal ? `\r${sent.padEnd(60)}\n` : `${sent}\n`);
      isOpen = false;
    },
  };
}
