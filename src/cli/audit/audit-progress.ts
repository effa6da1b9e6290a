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
    if (isTerminal) err(`\r${`${requests} requests, ${current}`.padEnd(60)}`);
  };
  return {
    check(id) {
      current = id;
      show();
    },
    request(count) {
      requests = count;
      show();
    },
    end() {
      if (isOpen)
        err(isTerminal ? `\r${`${requests} requests`.padEnd(60)}\n` : `${requests} requests\n`);
      isOpen = false;
    },
  };
}
