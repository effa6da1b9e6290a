import { connect } from "node:net";
import { parseMessage, type RawMessage } from "../../support/raw-message.ts";

const CONNECTIONS = 8;

/**
 * Asks for targets byte by byte over a few connections that are kept, and gives those whose response
 * holds a text. A connection that ends is opened again for what is left.
 */
export async function targetsAnswered(
  port: number,
  targets: readonly string[],
  text: string,
): Promise<readonly string[]> {
  const found: string[] = [];
  const waiting = targets.toReversed();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (waiting.length > 0)
        await askSome(port, waiting, (target, got) => {
          if (got.includes(text)) found.push(target);
        });
    }),
  );
  return found;
}

/** One connection, for as long as the server keeps it. */
function askSome(
  port: number,
  waiting: string[],
  onAnswer: (target: string, answer: string) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let got = Buffer.alloc(0);
    let asked: string | undefined;
    let answered = 0;
    const socket = connect(port, "127.0.0.1");
    const next = (): void => {
      asked = waiting.pop();
      if (asked === undefined) socket.destroy();
      else socket.write(`GET ${asked} HTTP/1.1\r\nHost: www.example.com\r\n\r\n`, "latin1");
    };
    const see = (text: string): void => {
      if (asked !== undefined) onAnswer(asked, text);
    };
    socket.setTimeout(5000, () => socket.destroy());
    socket.on("connect", next);
    socket.on("data", (piece) => {
      got = Buffer.concat([got, piece]);
      for (;;) {
        const parsed = parsedOr(got);
        if (parsed === undefined) return void socket.destroy();
        if (parsed.kind === "open") return;
        see(got.subarray(0, got.length - parsed.rest.length).toString("latin1"));
        got = Buffer.from(parsed.rest);
        answered++;
        if (parsed.kind === "whole" && closes(parsed.message)) {
          asked = undefined;
          return void socket.destroy();
        }
        next();
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      // A kept connection may end before it takes one more request.
      if (asked !== undefined && answered > 0 && got.length === 0) waiting.push(asked);
      // What came before the end may hold it, too.
      see(got.toString("latin1"));
      resolve();
    });
  });
}

/** Undefined for what is no response. */
function parsedOr(bytes: Buffer): ReturnType<typeof parseMessage> | undefined {
  try {
    return parseMessage(bytes);
  } catch {
    return undefined;
  }
}

function closes({ fields }: RawMessage): boolean {
  return fields.some(([name, value]) => name.toLowerCase() === "connection" && value === "close");
}
