import { signWebhook } from "../../http/webhook-signature.ts";
import { describeError } from "../describe-error.ts";
import { hideSecrets } from "../hidden.ts";
import type { Log } from "../log.ts";
import type { AlertReport } from "./alert-states.ts";

interface AlertMessage {
  readonly method: "POST";
  readonly redirect: "manual";
  readonly signal: AbortSignal;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

interface AlertWebhookParts {
  /** The address, once the rules are known; undefined for none. */
  readonly url: () => string | undefined;
  /** The secret of the signature, as text or `whsec_` and base64; undefined for none. */
  readonly secret: string | undefined;
  readonly fetch: (url: string, init: AlertMessage) => Promise<Response>;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly background: (work: Promise<void>) => void;
  readonly log: Log;
}

/** Reports that wait, at most. */
const MOST_WAITING = 32;
/** Milliseconds for one attempt, and before each further one. */
const PATIENCE = 5000;
const PAUSES = [1000, 5000, 25_000];
/** Bytes of the facts of a report, at most. */
const MOST_BYTES = 8192;

/** Sends reports to the operator's webhook, one after the other, in the background. */
export class AlertWebhook {
  readonly #parts: AlertWebhookParts;
  readonly #waiting: AlertReport[] = [];
  #dropped = 0;
  #sending: Promise<void> | undefined;

  constructor(parts: AlertWebhookParts) {
    this.#parts = parts;
  }

  /** Resolves when no report waits; undefined if none does. */
  get pending(): Promise<void> | undefined {
    return this.#sending;
  }

  /** Sends a report later. Never throws and never waits. */
  send(report: AlertReport): void {
    this.#parts.log.info("alert", { alert: report.alert, state: report.state, ...report.facts });
    if (this.#parts.url() === undefined) return;
    if (this.#waiting.length >= MOST_WAITING) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(report);
    if (this.#sending !== undefined) return;
    this.#sending = this.#sendAll();
    this.#parts.background(this.#sending);
  }

  async #sendAll(): Promise<void> {
    for (;;) {
      const report = this.#waiting.shift();
      if (report === undefined) break;
      await this.#sendOne(report).catch((error: unknown) => this.#failed(describeError(error)));
    }
    this.#sending = undefined;
    if (this.#dropped > 0) this.#failed(`${this.#dropped} alerts were dropped`);
    this.#dropped = 0;
  }

  async #sendOne(report: AlertReport): Promise<void> {
    const { pause } = this.#parts;
    const id = crypto.randomUUID();
    const body = bodyOf(report);
    let failure = "";
    for (const before of [0, ...PAUSES]) {
      if (before > 0) await pause(before);
      failure = await this.#attempt(id, body);
      if (failure === "") return;
    }
    this.#failed(failure);
  }

  /** One attempt; returns the failure, or an empty text. */
  async #attempt(id: string, body: string): Promise<string> {
    const { url, secret, fetch } = this.#parts;
    const to = url();
    if (to === undefined) return "";
    const timestamp = String(Math.floor(Date.now() / 1000));
    try {
      const signature = secret && (await signWebhook(secret, id, timestamp, body));
      const response = await fetch(to, {
        method: "POST",
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE),
        headers: {
          "content-type": "application/json",
          "webhook-id": id,
          "webhook-timestamp": timestamp,
          ...(signature === undefined ? {} : { "webhook-signature": signature }),
        },
        body,
      });
      await response.body?.cancel();
      return response.ok ? "" : `the webhook answered ${response.status}`;
    } catch (error) {
      return describeError(error);
    }
  }

  #failed(error: string): void {
    this.#parts.log.warn("alert-not-sent", { error });
  }
}

function bodyOf({ alert, state, at, since, count, facts }: AlertReport): string {
  const times = { at: new Date(at).toISOString(), since: new Date(since).toISOString() };
  const told = hideSecrets(JSON.stringify(facts));
  const known = told.length > MOST_BYTES ? {} : (JSON.parse(told) as object);
  const text = `wayleave: ${alert} ${state}`;
  return JSON.stringify({ type: alert, state, ...times, count, facts: known, text });
}
