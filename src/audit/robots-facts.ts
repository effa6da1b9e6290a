import { parseRobots, type Robots } from "../http/robots.ts";
import { readRobotsFile, textOfBytes } from "../rules/robots/file.ts";
import { nextTurn } from "../timing/turns.ts";
import { isPageReply, textOf, typeOfReply, type AuditReply } from "./reply.ts";

/** The product token of this crawler in robots.txt. */
export const AUDIT_TOKEN = "wayleave-audit";

/** A Content-Signal line of robots.txt. */
export interface RobotsSignal {
  /** The tokens of its group, in lower case; none if it stands outside of all groups. */
  readonly agents: readonly string[];
  readonly value: string;
}

/** A robots.txt, as the checks read it. */
export interface RobotsFacts {
  readonly reply: AuditReply;
  readonly text: string;
  /** Whether it is a robots.txt: 200, no web page. */
  readonly isFile: boolean;
  readonly isPlainText: boolean;
  /** The tokens of all groups, in lower case. */
  readonly agents: readonly string[];
  readonly signals: readonly RobotsSignal[];
  readonly sitemaps: readonly string[];
  /** Other fields of the file, such as `Agentmap`, by lower-case name. */
  readonly otherFields: ReadonlySet<string>;
  /** The rules for this crawler. */
  readonly ours: Robots;
  /** The rules for another crawler. */
  for(token: string): Promise<Robots>;
}

/** Reads the response to a request for robots.txt. */
export async function readRobotsFacts(reply: AuditReply): Promise<RobotsFacts> {
  const isText = reply.kind === "response" && reply.status === 200 && !isPageReply(reply);
  const read = isText ? readRobotsFile(textOfBytes(reply.content)) : undefined;
  const isFile = read !== undefined;
  const text = isFile ? textOf(reply) : "";
  const file = read ?? { before: [], groups: [], after: [], sitemaps: [] };
  // A signal is none of the rules of RFC 9309, so it may stand before, in or after the groups.
  const loose = [...file.before, ...file.after, ...file.groups.flatMap(({ lead }) => lead)];
  const all = [...loose, ...file.groups.flatMap(({ lines }) => lines)];
  const inGroups = file.groups.flatMap(({ agents, lines }) =>
    lines.filter(isSignal).map(({ value }) => ({ agents, value })),
  );
  const outside = loose.filter(isSignal).map(({ value }) => ({ agents: [], value }));
  return {
    reply,
    text,
    isFile,
    isPlainText: typeOfReply(reply) === "text/plain",
    agents: file.groups.flatMap(({ agents }) => agents),
    signals: [...inGroups, ...outside],
    sitemaps: file.sitemaps,
    otherFields: new Set(all.filter(({ kind }) => kind === "other-field").map(({ name }) => name)),
    ours: await parseRobots(text, nextTurn, AUDIT_TOKEN),
    for: (token) => parseRobots(text, nextTurn, token),
  };
}

function isSignal({ name, value }: { readonly name: string; readonly value: string }): boolean {
  return name === "content-signal" && value !== "";
}
