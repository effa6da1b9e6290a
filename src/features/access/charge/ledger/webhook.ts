import { formatAmount, type Amount } from "../../../../http/amount.ts";
import type { OutsideServices } from "../../../../feature/parts.ts";
import { isObject, parseJson } from "../../../../http/json.ts";
import { readBounded } from "../../../../http/gather.ts";
import { secretBytes, signWebhook } from "../../../../http/webhook-signature.ts";

/** A message to the operator's webhook. */
export interface WebhookEvent {
  /** "credit" gives a charge back; its answer is not read. */
  readonly type: "charge" | "credit";
  /** The key of the charge: the same for each attempt. */
  readonly key: string;
  readonly account: string;
  readonly amount: Amount;
  readonly url: string;
  readonly rule: string;
  /** Seconds since the epoch. */
  readonly at: number;
}

/**
 * Asks the webhook, which has some milliseconds. "unknown": no valid answer in time, so that it may have
 * accepted; "unasked": nothing was sent. Never rejects.
 */
export type AskWebhook = (
  url: string,
  event: WebhookEvent,
  milliseconds: number,
) => Promise<"accept" | "refuse" | "unknown" | "unasked">;

interface WebhookParts {
  /** @default none, so that the webhook is never asked */
  readonly services: OutsideServices | undefined;
  readonly log: { warn(event: string, facts: Readonly<Record<string, unknown>>): void };
}

/** The variable, or secret of the Worker, with the secret of the signature. */
export const SECRET = "LEDGER_SECRET";
/** Bytes of an answer, at most. */
const MOST_BYTES = 4096;

/**
 * Creates the client of a webhook. It sends a POST with JSON, an Idempotency-Key, and a signature as
 * the specification "Standard Webhooks" has it: HMAC-SHA256 over `id.timestamp.content`.
 */
export function webhookClient({ services, log }: WebhookParts): AskWebhook {
  const secret = ledgerSecret(services?.secret(SECRET) ?? "");
  const failed = (why: string): void => log.warn("ledger-webhook", { failed: why });
  return async (url, event, milliseconds) => {
    if (services === undefined || typeof secret === "string") {
      failed(typeof secret === "string" ? secret : "this runtime reaches no services");
      return "unasked";
    }
    const id = `${event.type}-${event.key}`;
    const body = JSON.stringify({ ...event, amount: formatAmount(event.amount) });
    const timestamp = String(event.at);
    try {
      const response = await services.fetch(url, {
        method: "POST",
        redirect: "manual",
        signal: AbortSignal.timeout(milliseconds),
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          "idempotency-key": id,
          "webhook-id": id,
          "webhook-timestamp": timestamp,
          "webhook-signature": await signWebhook(secret, id, timestamp, body),
        },
        body,
      });
      return await readAnswer(response, failed);
    } catch (error) {
      failed(error instanceof Error ? error.message : String(error));
      return "unknown";
    }
  };
}

async function readAnswer(response: Response, onFailure: (why: string) => void) {
  const { body, status } = response;
  const bytes = body === null ? undefined : await readBounded(body, MOST_BYTES);
  const answer = bytes && parseJson(new TextDecoder().decode(bytes));
  const decision = isObject(answer) ? answer["decision"] : undefined;
  if (status === 200 && (decision === "accept" || decision === "refuse")) return decision;
  onFailure(`it answered ${status}, and no decision`);
  return "unknown";
}

/** The bytes of the ledger's secret, or its fault. */
export function ledgerSecret(secret: string): Uint8Array<ArrayBuffer> | string {
  const bytes = secretBytes(secret);
  if (bytes === undefined) return `${SECRET} is not base64 after whsec_`;
  return bytes.length === 0 ? `${SECRET} is not set` : bytes;
}
