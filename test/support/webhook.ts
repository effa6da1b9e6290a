import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A message that an operator's webhook has received. */
export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly event: Readonly<
    Record<"type" | "key" | "account" | "amount" | "url" | "rule", string>
  > & {
    readonly at: number;
  };
}

/** An operator's webhook: it accepts each charge, unless a test has it answer otherwise. */
export interface TestWebhook {
  readonly url: string;
  readonly received: Received[];
  answer: (received: Received, response: ServerResponse) => void;
  close(): Promise<void>;
}

export async function startWebhook(): Promise<TestWebhook> {
  const received: Received[] = [];
  const webhook = { answer: accept };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      const one = { headers: request.headers, body, event: JSON.parse(body) as Received["event"] };
      received.push(one);
      webhook.answer(one, response);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return Object.assign(webhook, {
    url: `http://127.0.0.1:${port}/charges`,
    received,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  });
}

export function accept(_received: Received, response: ServerResponse): void {
  response.writeHead(200, { "content-type": "application/json" }).end('{"decision":"accept"}');
}

/** The signature that Standard Webhooks states for a message. */
export function signatureOf({ headers, body }: Received, secret: Buffer): string {
  const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${body}`;
  return `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`;
}
