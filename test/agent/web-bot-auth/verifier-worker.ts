// The verifier as the tests of Node call it, for the same tables in workerd.
import {
  staticKeys,
  verifyMessage,
  type SignedMessage,
} from "../../../src/agent/web-bot-auth/index.ts";
import { directories, message, NOW } from "./fixtures.ts";

/** One case, as JSON. */
export interface WorkerCase {
  readonly fields: Readonly<Record<string, string | undefined>>;
  readonly over?: Partial<Omit<SignedMessage, "field">> | undefined;
  /** Directories by URL and who is listed; or keys for every agent. */
  readonly network?: {
    readonly answers: Readonly<Record<string, unknown>>;
    readonly allow: string[];
  };
  readonly jwks?: unknown;
  readonly now?: number;
}

export interface WorkerVerdict {
  readonly verdict: string;
  readonly agent: string | undefined;
  readonly fetches: number;
}

async function verify({
  fields,
  over,
  network,
  jwks,
  now = NOW,
}: WorkerCase): Promise<WorkerVerdict> {
  if (network === undefined) {
    const keys = await staticKeys(jwks, { allowTestKeys: true });
    if (keys === undefined) throw new TypeError("no keys");
    const { verdict, reason, agent } = await verifyMessage(message(fields, over), keys, {
      now,
      maxAge: Infinity,
      allowTestKeys: true,
      isAllowed: () => true,
    });
    return { verdict: `${verdict} ${reason}`, agent, fetches: 0 };
  }
  const { allow, answers } = network;
  const { keys, asked } = directories(answers, { allow, ownHosts: ["site.example"] });
  const found = await verifyMessage(message(fields, over), keys, { now, ...keys });
  return {
    verdict: `${found.verdict} ${found.reason}`,
    agent: found.agent,
    fetches: asked.length,
  };
}

export default {
  async fetch(request: Request): Promise<Response> {
    if (request.method === "GET") return new Response("ready");
    const cases = (await request.json()) as WorkerCase[];
    return Response.json(await Promise.all(cases.map(verify)));
  },
};
