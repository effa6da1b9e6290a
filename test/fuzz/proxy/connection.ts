import { connect } from "node:net";
import type { ScriptedOrigin } from "./origin.ts";
import { makeRequest, type Made } from "./requests.ts";
import { readResponses, type Read } from "./responses-read.ts";
import { makeScript } from "./responses.ts";
import { NOBODY, type Random, type Step } from "./script.ts";

/** Milliseconds without a byte after which a sound request has no response. */
const PATIENCE = 20_000;
/** Milliseconds for what need not be answered, such as half a request. */
const FOR_BROKEN = 60;

/** Milliseconds after which a request has come that is under way. */
const ARRIVAL = 1000;

const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** What came of one connection. */
export interface Outcome {
  readonly requests: readonly Made[];
  readonly got: string;
  /** What must not be; empty if all is well. */
  readonly faults: readonly string[];
  /** Responses to other requests that no proxy can tell from the right ones. */
  readonly untellable: number;
}

/** Makes one to eight requests up and sends them on a connection of their own. */
export async function tryConnection(
  to: { readonly port: number; readonly origin: ScriptedOrigin },
  firstId: number,
  random: Random,
): Promise<Outcome> {
  const requests: Made[] = [];
  const count = 1 + random(8);
  for (let i = 0; i < count; i++) {
    const request = makeRequest(random, firstId + i);
    to.origin.scripts.set(request.id, makeScript(random, request.id, request.method === "HEAD"));
    requests.push(request);
  }
  const aborts = random(40) === 0;
  const ended = await exchange(to.port, requests, random(4) === 0, aborts);
  const verdict = (): Verdict =>
    aborts ? foreign(ended.got, requests, to.origin) : judge(ended, requests, to.origin);
  // A response that was sent unasked can be here before the request has come to the origin server.
  if (verdict().faults.length > 0) await pause(ARRIVAL);
  const judged = verdict();
  setTimeout(() => {
    for (const { id } of requests) {
      to.origin.scripts.delete(id);
      to.origin.came.delete(id);
    }
  }, ARRIVAL).unref();
  return { requests, got: ended.got, ...judged };
}

interface Ended {
  readonly got: string;
  readonly isClosed: boolean;
}

/** Sends the requests, at once or one after the other, and reads until nothing more is due. */
function exchange(
  port: number,
  requests: readonly Made[],
  inTurn: boolean,
  aborts: boolean,
): Promise<Ended> {
  const owed = owedOf(requests);
  const methods = methodsOf(requests);
  const texts = requests.map(({ bytes }) => bytes);
  return new Promise((resolve) => {
    let got = "";
    let sent = 0;
    const end = (isClosed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ got, isClosed });
    };
    const write = (): void => {
      const pieces = inTurn ? texts.slice(sent, sent + 1) : texts.slice(sent);
      sent += pieces.length;
      socket.write(pieces.join(""), "latin1");
      if (aborts) setTimeout(() => end(true), requests.length);
    };
    const socket = connect(port, "127.0.0.1", write);
    let timer = setTimeout(() => end(false), owed === 0 ? FOR_BROKEN : PATIENCE);
    socket.setEncoding("latin1");
    socket.setNoDelay(true);
    socket.on("data", (text: string) => {
      got += text;
      const { responses, fault } = readResponses(got, methods, false);
      const whole = responses.filter(({ isWhole }) => isWhole).length;
      if (fault !== undefined || whole >= requests.length) end(false);
      else if (inTurn && whole >= sent && sent < texts.length) write();
      clearTimeout(timer);
      const isRestOpen = whole >= owed && owed < requests.length;
      timer = setTimeout(() => end(false), isRestOpen ? FOR_BROKEN : PATIENCE);
    });
    socket.on("error", () => {});
    socket.on("close", () => end(true));
  });
}

/** How many requests from the first have to be answered. */
function owedOf(requests: readonly Made[]): number {
  const end = requests.findIndex(({ isSound }) => !isSound);
  return end === -1 ? requests.length : end;
}

/** "HEAD?" of a request that the server may not be able to read, or find, and then answers with content. */
function methodsOf(requests: readonly Made[]): string[] {
  const broken = requests.findIndex(({ isSound }) => !isSound);
  return requests.map(({ method }, i) =>
    method === "HEAD" && broken !== -1 && i >= broken ? "HEAD?" : method,
  );
}

type Verdict = Pick<Outcome, "faults" | "untellable">;

function judge(
  { got, isClosed }: Ended,
  requests: readonly Made[],
  origin: ScriptedOrigin,
): Verdict {
  const methods = methodsOf(requests);
  const { responses, fault } = readResponses(got, methods, isClosed);
  const marks = foreign(got, requests, origin);
  const faults = [...marks.faults];
  if (fault !== undefined) faults.push(`not well-formed: ${fault}`);
  const broken = requests.findIndex(({ isSound }) => !isSound);
  const sound = broken === -1 ? requests.length : broken;
  for (const [i, response] of responses.entries()) {
    if (response.status === 500 && response.id === undefined)
      faults.push("a fault of the proxy's own: 500");
    if (response.id === undefined && !response.isReasoned)
      faults.push(`${response.status} without a reason`);
    if (i < sound) faults.push(...judgeOne(response, requests[i] as Made, origin));
  }
  // Behind a response that closes, or one that breaks off, nothing more is owed.
  const last = responses.at(-1);
  // A broken response to HTTP/1.0 is a reset: its end would be that of the content.
  const isReset = isClosed && requests[responses.length]?.bytes.includes(" HTTP/1.0\r\n") === true;
  const isOver = isReset || (isClosed && last !== undefined && (last.closes || !last.isWhole));
  const owed = owedOf(requests) - responses.length;
  if (owed > 0 && !isOver && (broken === -1 || responses.length === 0)) {
    faults.push(isClosed ? "closed without a response" : "no response");
  }
  const isOwedAll = owedOf(requests) === requests.length;
  if (isOwedAll && !isClosed && last?.isWhole === false) faults.push("a response does not end");
  return { faults, untellable: marks.untellable };
}

function judgeOne(response: Read, request: Made, origin: ScriptedOrigin): string[] {
  if (response.id !== undefined && response.id !== request.id) {
    if (isUntellable(response.id, request, origin)) return [];
    return [`response ${response.id} for request ${request.id}`];
  }
  const { soundStatus } = origin.scripts.get(request.id) ?? {};
  if (!request.isPlain || soundStatus === undefined || request.bytes.includes(".md")) return [];
  if (response.status === soundStatus) return [];
  // What an earlier response left behind on the origin's connection may cost a request its response,
  // unless it can be sent again (RFC 9110 §9.2.2).
  const came = origin.came.get(request.id) ?? [];
  const isSpoilt = came.every(({ before }) => before?.isSound === false);
  if (response.status === 502 && !SAFE.has(request.method) && isSpoilt) return [];
  const over = came.map(
    ({ before }) => `behind ${JSON.stringify(before?.steps.map(shown)) ?? "nothing"}`,
  );
  return [
    `${response.status} for the sound ${soundStatus} to ${request.method} ${request.id}, which came ` +
      `${came.length} times: ${over.join(", ")}\n  ${JSON.stringify(origin.scripts.get(request.id)?.steps.map(shown))}`,
  ];
}

/** A step as a line of a report. */
function shown(step: Step): string {
  return step.kind === "bytes" ? step.bytes.toString("latin1").slice(0, 400) : step.kind;
}

/** Marks of other requests, or of bytes that answer none. */
function foreign(got: string, requests: readonly Made[], origin: ScriptedOrigin): Verdict {
  const own = new Set(requests.map(({ id }) => id));
  let untellable = 0;
  for (const id of new Set([...got.matchAll(/#id(\d+);/g)].map(([, mark]) => Number(mark)))) {
    if (own.has(id)) continue;
    if (requests.some((request) => isUntellable(id, request, origin))) untellable++;
    else return { faults: [`content of request ${id} among ${[...own].join(", ")}`], untellable };
  }
  return { faults: [], untellable };
}

/**
 * Whether a response to another request, or to none, is the origin server's fault alone: on the
 * request's connection, it sent bytes that answer nothing in a piece of their own, while the request
 * was on its way. HTTP/1.1 has nothing to tell them from its response, nor each response from the next.
 */
function isUntellable(id: number, request: Made, { came }: ScriptedOrigin): boolean {
  const arrivals = came.get(request.id) ?? [];
  return arrivals.some((each) => each.isUntellable && (id === NOBODY || each.on.ids.has(id)));
}

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));
