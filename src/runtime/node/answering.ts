import type { IncomingMessage, ServerResponse } from "node:http";
import { parseRequestTarget } from "../../http/request-target.ts";
import { describeDefect } from "../../telemetry/describe-error.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Channel } from "./origin-client.ts";
import { ONLY_HTTP_1, refuse } from "./refuse.ts";
import { send } from "./send.ts";
import { hasContent, isRestWorthReading } from "./upload.ts";
import type { NodeVersion } from "./version.ts";
import { noteDefect } from "./watch-requests.ts";

/** Answers the requests of a server; nothing that it calls can throw past it. */
export interface Answering {
  /** Takes a request through the version of the rules that is in force. */
  answer(channel: Channel): Promise<void>;
  /** Answers for our own endpoints, in whatever form a request names them; false for the site's. */
  answerOwn(incoming: IncomingMessage, outgoing: ServerResponse): boolean;
  /** Answers 500 if the head is not out, and breaks the response off otherwise. */
  fail(outgoing: ServerResponse, error: unknown): void;
}

/** @param versionInForce asked at each request */
export function createAnswering(versionInForce: () => NodeVersion, log: Log): Answering {
  const fail: Answering["fail"] = (outgoing, error) => {
    if (!noteDefect(outgoing.req, error))
      log.warn("relay-failed", { error: describeDefect(error) });
    try {
      // Without the error: on the socket it would look like one of the client's.
      if (outgoing.headersSent) outgoing.destroy();
      else refuse(outgoing, "internal", "The proxy failed on this request.", undefined);
    } catch {
      outgoing.destroy();
    }
  };

  return {
    fail,
    async answer(channel) {
      const { incoming, outgoing } = channel;
      const { relay, upstream } = versionInForce();
      upstream.enter();
      try {
        const made = await relay(channel);
        if (made === undefined || made.status === 101) return;
        // RFC 9112 §9.3: without the rest of the content there is no next request.
        if (hasContent(incoming) && !isRestWorthReading(incoming)) outgoing.shouldKeepAlive = false;
        const sent = send(outgoing, made);
        if (sent !== undefined) await sent;
      } catch (error) {
        fail(outgoing, error);
      } finally {
        upstream.leave();
      }
    },
    answerOwn(incoming, outgoing) {
      const { url = "", httpVersionMajor, headers } = incoming;
      const { app, own } = versionInForce();
      if (!app.owns(url.startsWith("/") ? url : targetOf(url))) return false;
      if (httpVersionMajor !== 1) {
        refuse(outgoing, "version-not-supported", ONLY_HTTP_1, headers.accept);
        return true;
      }
      if (headers.expect !== undefined) outgoing.writeContinue();
      own(incoming, outgoing).catch((error: unknown) => fail(outgoing, error));
      return true;
    },
  };
}

/** The origin form of a target in absolute form (RFC 9112 §3.2.2); empty if it is neither. */
function targetOf(raw: string): string {
  const parsed = parseRequestTarget(raw);
  return parsed.kind === "origin" ? parsed.target : "";
}
