import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import process from "node:process";

/** The part of Node's HTTP parser that is used here. */
interface NodeParser {
  readonly constructor: { readonly kOnExecute?: number };
  readonly _consumed?: boolean;
  execute?(bytes: Buffer): number | Error;
  getCurrentBuffer?(): Buffer;
  [callback: number]: unknown;
}

type NodeSocket = Socket & { readonly _paused?: boolean; readonly parser?: NodeParser | null };
type OnExecute = (parsed: number | Error) => void;

const hooks = new WeakSet<OnExecute>();

/**
 * Continues to parse after a request whose `Upgrade` is declined (RFC 9110 §7.8). Node stops after
 * such a request, and drops the rest of the chunk, in which further requests can be.
 *
 * Call it while the request's head is parsed. Has no effect if Node's parser is not the expected
 * one.
 */
export function parseAfterDeclinedUpgrade(incoming: IncomingMessage): void {
  const socket: NodeSocket = incoming.socket;
  const { parser } = socket;
  const at = parser?.constructor.kOnExecute;
  if (parser?._consumed !== true || parser.execute === undefined || at === undefined) return;
  const onExecute = parser[at] as OnExecute | undefined;
  // One hook for each connection: two would parse the same bytes twice.
  if (typeof onExecute !== "function" || hooks.has(onExecute)) return;
  /** Parses the rest after the parser has returned, before the next chunk arrives. */
  const parseLater = (rest: Buffer | undefined): void => {
    if (rest !== undefined && rest.length > 0) process.nextTick(parseRest, rest);
  };
  const parseRest = (rest: Buffer): void => {
    // Node has released the parser, since the connection ends.
    if (socket.parser !== parser) return;
    // Too many requests wait: a paused parser would report a fault.
    if (socket._paused === true) {
      socket.once("resume", () => parseRest(rest));
      return;
    }
    const parsed = parser.execute?.(rest) ?? rest.length;
    // Node reports no fault after a request with Upgrade.
    if (parsed === 0)
      onExecute(Object.assign(new Error("no request"), { code: "HPE_INVALID_METHOD" }));
    else onExecute(parsed);
    if (typeof parsed === "number" && parsed > 0) parseLater(rest.subarray(parsed));
  };
  const hook: OnExecute = (parsed) => {
    const bytes = typeof parsed === "number" ? parser.getCurrentBuffer?.() : undefined;
    onExecute(parsed);
    parseLater(bytes?.subarray(parsed as number));
  };
  hooks.add(hook);
  parser[at] = hook;
}
