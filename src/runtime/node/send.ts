import { flatLines } from "../../http/fields.ts";
import { MadeBody } from "../../pipeline/body.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import type { Awaitable } from "../../pipeline/stage.ts";
import type { ClientResponse } from "./message.ts";
import { breakOff, OriginBody } from "./origin-body.ts";
import { endWith, writeHead } from "./write-head.ts";

/** Writes a response to the client; a failure after the head breaks the connection. */
export function send(outgoing: ClientResponse, answer: Answer): Awaitable<void> {
  const { status, statusText, fields, body } = answer;
  // The client has left, or has been refused meanwhile.
  if (outgoing.destroyed || outgoing.headersSent) {
    body?.release();
    return;
  }
  writeHead(outgoing, status, statusText, flatLines(fields));
  if (body === null) outgoing.end();
  else if (body instanceof OriginBody) body.pipeTo(outgoing);
  else if (body instanceof MadeBody) {
    const content = body.take();
    if (!(content instanceof Uint8Array)) return sendMade(outgoing, content);
    endWith(outgoing, content);
  } else throw new TypeError("a body of another runtime");
}

async function sendMade(
  outgoing: ClientResponse,
  content: ReadableStream<Uint8Array>,
): Promise<void> {
  const reader = content.getReader();
  const gone = (): void => void reader.cancel(new Error("the client is gone")).catch(() => {});
  outgoing.once("close", gone);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      if (!outgoing.write(value)) await drained(outgoing);
      if (outgoing.destroyed) return;
    }
    outgoing.off("close", gone);
    outgoing.end();
  } catch (error) {
    // Never closes cleanly: the client must notice that the content is incomplete.
    breakOff(outgoing, error);
  }
}

function drained(outgoing: ClientResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });
}
