import { resolvePath } from "../../src/http/dot-segments.ts";
import { splitTarget } from "../../src/http/target.ts";
import type { Exchange } from "./generated-messages.ts";
import type { RawMessage } from "./raw-message.ts";
import type { RuntimeName } from "./runtimes.ts";

/** What a runtime's own HTTP parser does to a message before and after us (docs/decisions.md). */
export interface Habits {
  /** Characters of a target that it refuses. */
  readonly refused: string;
  /** How it writes the target that it received. */
  readonly target: (received: string) => string;
  /** Whether field lines keep their order, spelling and number. */
  readonly keepsLines: boolean;
}

export const HABITS: Readonly<Record<RuntimeName, Habits>> = {
  node: {
    refused: "",
    // Dot segments are resolved before a request is sent on; all else stays as received.
    target: (received) => {
      const { path, query } = splitTarget(received);
      return resolvePath(path) + query;
    },
    keepsLines: true,
  },
  workerd: {
    refused: '"<>`',
    // fetch() parses its URL (https://url.spec.whatwg.org/): dot segments go, escapes come.
    target: (received) => new URL(`http://host${received}`).href.slice("http://host".length),
    keepsLines: false,
  },
};

type Line = readonly [name: string, value: string];

/** A message without what belongs to one connection. */
export interface View {
  readonly start: string;
  readonly lines: readonly Line[];
  readonly content: string;
}

const ONE_CONNECTION = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-length",
  "host",
  "x-hop",
]);

function without({ fields }: RawMessage, drop: (name: string) => boolean = () => false): Line[] {
  return fields.filter(([name]) => {
    const lower = name.toLowerCase();
    return !ONE_CONNECTION.has(lower) && !drop(lower);
  });
}

/** What the proxy should ask for the request that went straight to the origin. */
export function requested(message: RawMessage, habits: Habits): View {
  const lines = without(message, (name) => name === "wayleave-agent" || /forwarded/.test(name));
  lines.push(
    ["via", "1.1 wayleave"],
    ["forwarded", "for=127.0.0.1;host=www.example.com;proto=https"],
    ["x-forwarded-for", "127.0.0.1"],
    ["x-forwarded-host", "www.example.com"],
    ["x-forwarded-proto", "https"],
  );
  const [method, target = "", version] = message.startLine.split(" ");
  const start = [method, habits.target(target), version].join(" ");
  return { start, lines, content: message.content.toString("latin1") };
}

export function forwarded(message: RawMessage): View {
  const { startLine: start, content } = message;
  return { start, lines: without(message), content: content.toString("latin1") };
}

/** What the client should get for the response that came straight from the origin. */
export function answered(message: RawMessage, { request, response }: Exchange): View {
  const names = new Set(message.fields.map(([name]) => name.toLowerCase()));
  const listed = names.has("connection") ? "x-listed" : undefined;
  const lines = without(message, (name) => name === listed);
  if (!names.has("date")) lines.push(["date", "now"]);
  // RFC 9110 §8.6: the length of what a client may ask again for is worth keeping.
  const length = message.fields.find(([name]) => name.toLowerCase() === "content-length");
  if (length !== undefined && ![204, 205, 304].includes(response.status)) lines.push(length);
  return {
    start: message.startLine,
    lines: markdownFields(lines, request, response.status),
    content: message.content.toString("latin1"),
  };
}

export function received(message: RawMessage): View {
  const status = Number(message.startLine.slice(9, 12));
  const lines = without(message);
  const length = message.fields.find(([name]) => name.toLowerCase() === "content-length");
  if (length !== undefined && ![204, 205, 304].includes(status)) lines.push(length);
  return {
    start: message.startLine,
    lines: lines.map(([name, value]) =>
      /^date$/i.test(name) && Math.abs(Date.parse(value) - Date.now()) < 60_000
        ? ["date", "now"]
        : [name, value],
    ),
    content: message.content.toString("latin1"),
  };
}

const ASSET = /[^/]\.(?!(?:html?|xhtml|php|aspx?|jsp|cgi)$)[^./]*$/i;

/** A page varies on Accept and names its markdown; nothing else is touched. */
function markdownFields(lines: Line[], request: Exchange["request"], status: number): Line[] {
  if (request.method !== "GET" && request.method !== "HEAD") return lines;
  const type = lines.find(([name]) => /^content-type$/i.test(name))?.[1];
  const isPage = type?.startsWith("text/html") === true && (status === 200 || status === 206);
  // A 304 has no type as a rule: all but what is plainly no page varies.
  const path = request.target.split("?")[0] ?? "";
  const mayBePage = status === 304 && (type !== undefined || !ASSET.test(path));
  // So does a redirect, unless no cache keeps it: by Accept it may lead to the markdown.
  const isStored = !lines.some(
    ([name, value]) => /^cache-control$/i.test(name) && /no-store/i.test(value),
  );
  const isRedirect = [301, 302, 303, 307, 308].includes(status) && !ASSET.test(path) && isStored;
  if (!isPage && !mayBePage && !isRedirect) return lines;
  const vary = lines.filter(([name]) => /^vary$/i.test(name)).map(([, value]) => value);
  const rest = lines.filter(([name]) => !/^vary$/i.test(name));
  const members = [...vary, "Accept"].join(", ");
  rest.push(["vary", members]);
  if (status === 200) rest.push(["link", "to the markdown"]);
  return rest;
}

/** As the runtime shows it: line by line, or by name with repetitions joined. */
export function view({ keepsLines }: Habits, { start, lines, content }: View): unknown {
  const named = lines.map(([name, value]): Line => {
    if (/^link$/i.test(name) && value.endsWith('rel="alternate"; type="text/markdown"')) {
      return ["link", "to the markdown"];
    }
    return [name, value];
  });
  // What the proxy itself writes may stand anywhere.
  const own = new Set(["via", "date", "vary", "link", "content-length", "forwarded"]);
  const key = ([name]: Line): string => name.toLowerCase();
  const isOwn = (line: Line): boolean => own.has(key(line)) || key(line).startsWith("x-forwarded-");
  const kept = named.filter((line) => !isOwn(line));
  const byName: Record<string, string> = {};
  for (const line of keepsLines ? named.filter(isOwn) : named) {
    const before = byName[key(line)];
    byName[key(line)] = before === undefined ? line[1] : `${before}, ${line[1]}`;
  }
  if (keepsLines) return { start, kept, byName, content };
  // workerd joins lines of a well-known field, so that empty ones become empty members.
  for (const [name, joined] of Object.entries(byName)) {
    if (name.startsWith("x-")) continue;
    const members = joined.split(",").map((member) => member.trim());
    byName[name] = members.filter((member) => member !== "").join(", ");
    if (byName[name] === "") delete byName[name];
  }
  return { start, byName, content };
}
