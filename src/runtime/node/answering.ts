import { describeDefect } from "../../telemetry/describe-error.ts";
import type { Answer } from "../../pipeline/exchange.ts";
import type { Log } from "../../telemetry/log.ts";
import { andThen, type Awaitable } from "../../timing/and-then.ts";
import type { Channel } from "./origin-client.ts";
import type { ClientResponse } from "./message.ts";
import { refuse } from "./refuse.ts";
import { send } from "./send.ts";
import { hasContent, isRestWorthReading } from "./upload.ts";
import type { NodeVersion } from "./version.ts";
import { recordOf } from "./watch-requests.ts";

/** Responds to the requests of a server; catches all exceptions. */
export interface Answering {
  readonly versionInForce: () => NodeVersion;
  /** Responds to a request under the rules in force. */
  answer(channel: Channel): Awaitable<void>;
  /** Responds with 500 if the head is not sent yet; otherwise breaks off the response. */
  fail(outgoing: ClientResponse, error: unknown): void;
}

/**
 * @param versionInForce called for each request
 * @param hsts the value of `Strict-Transport-Security` over TLS (RFC 6797) @default none
 */
export function createAnswering(
  versionInForce: () => NodeVersion,
  log: Log,
  hsts?: string,
): Answering {
  const fail: Answering["fail"] = (outgoing, error) => {
    const record = recordOf(outgoing.req);
    if (record === undefined) log.warn("relay-failed", { error: describeDefect(error) });
    else record.defect(error);
    try {
      // Destroyed without the error, which would look like a client's.
      if (outgoing.headersSent) outgoing.destroy();
      else refuse(outgoing, "internal", "The proxy failed on this request.");
    } catch {
      outgoing.destroy();
    }
  };

  return {
    versionInForce,
    fail,
    answer(channel) {
      const { relay, upstream } = versionInForce();
      upstream.enter();
      const leave = (): void => upstream.leave();
      const failed = (error: unknown): void => {
        fail(channel.outgoing, error);
        leave();
      };
      // One continuation for both.
      const finish = (made: Answer | undefined): Awaitable<void> => {
        try {
          return andThen(respond(channel, made, hsts), leave, failed);
        } catch (error) {
          failed(error);
        }
      };
      try {
        return andThen(relay(channel), finish, failed);
      } catch (error) {
        failed(error);
      }
    },
  };
}

const HSTS = "strict-transport-security";

/** Writes a response that the relay has not sent itself. */
function respond(
  { incoming, outgoing }: Channel,
  made: Answer | undefined,
  hsts: string | undefined,
): Awaitable<void> {
  if (made === undefined || made.status === 101) return;
  // RFC 9112 §9.3: the next request follows the rest of the content.
  if (hasContent(incoming) && !isRestWorthReading(incoming)) outgoing.shouldKeepAlive = false;
  // The site's own field takes precedence.
  if (hsts !== undefined && made.fields.get(HSTS) === undefined) made.fields.set(HSTS, hsts);
  return send(outgoing, made);
}
