import type { IncomingMessage } from "node:http";
import process from "node:process";

/** What we use of Node's parser of HTTP. */
interface NodeParser {
  readonly constructor: { readonly kOnExecute?: number };
  readonly _consumed?: boolean;
  execute?(bytes: Buffer): number | Error;
  getCurrentBuffer?(): Buffer;
  [callback: number]: unknown;
}

type OnExecute = (parsed: number | Error) => void;

/**
 * Parses on behind a request whose `Upgrade` is declined (RFC 9110 §7.8). Node's parser stops behind
 * such a request, and Node drops the bytes behind it in the same piece: requests without a response.
 *
 * Call it while the request's head is parsed. Does nothing on a Node whose parser is another.
 */
export function parseOnBehind(incoming: IncomingMessage): void {
  const parser = parserOf(incoming);
  const at = parser?.constructor.kOnExecute;
  if (parser?._consumed !== true || at === undefined) return;
  const { [at]: told } = parser;
  if (typeof told !== "function" || parser.getCurrentBuffer === undefined) return;
  const onExecute = told as OnExecute;
  parser[at] = (parsed: number | Error): void => {
    const isOver = incoming.complete || typeof parsed !== "number";
    if (isOver) parser[at] = onExecute;
    const rest = isOver && typeof parsed === "number" ? parser.getCurrentBuffer?.() : undefined;
    onExecute(parsed);
    if (rest === undefined || rest.length <= (parsed as number)) return;
    // Not from within the parser; the next piece of the connection comes later.
    process.nextTick(parseRest, incoming, parser, rest.subarray(parsed as number));
  };
}

function parseRest(incoming: IncomingMessage, parser: NodeParser, rest: Buffer): void {
  const at = parser.constructor.kOnExecute;
  // Node has let go of the connection.
  if (parserOf(incoming) !== parser || at === undefined) return;
  const onExecute = parser[at] as OnExecute;
  const parsed = parser.execute?.(rest) ?? rest.length;
  // Node tells of no fault behind a request with Upgrade.
  if (parsed === 0)
    onExecute(Object.assign(new Error("no request"), { code: "HPE_INVALID_METHOD" }));
  else onExecute(parsed);
  if (typeof parsed !== "number" || parsed === 0 || parsed >= rest.length) return;
  process.nextTick(parseRest, incoming, parser, rest.subarray(parsed));
}

function parserOf({ socket }: IncomingMessage): NodeParser | null | undefined {
  return (socket as { parser?: NodeParser | null }).parser;
}
