import { WELL_KNOWN_DIRECTORY } from "../../../src/http/known-paths.ts";
import {
  Directories,
  type generateKeys,
  signMessage,
  type DirectoryFetch,
  type DirectoryOptions,
  type SignedMessage,
} from "../../../src/agent/web-bot-auth/index.ts";

import { signOther } from "./sign-other.ts";

export const NOW = 1_800_000_000;
export const AGENT = "https://signer.example";
export const DIRECTORY_URL = AGENT + WELL_KNOWN_DIRECTORY;

export type Keys = Awaited<ReturnType<typeof generateKeys>>;

/** A message from plain fields, as a runtime would hand it over. */
export function message(
  fields: Readonly<Record<string, string | readonly string[] | undefined>>,
  overrides: Partial<Omit<SignedMessage, "field">> = {},
): SignedMessage {
  const byName = new Map<string, string>();
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    byName.set(name.toLowerCase(), typeof value === "string" ? value : value.join(", "));
  }
  return {
    method: "GET",
    url: "https://site.example/page?a=1",
    ...overrides,
    field: (name) => byName.get(name),
  };
}

/** A network that answers from a table and counts what it is asked. */
export function fakeNetwork(answers: Readonly<Record<string, unknown>>): {
  readonly fetch: DirectoryFetch;
  readonly asked: string[];
} {
  const asked: string[] = [];
  return {
    asked,
    fetch: async (url) => {
      asked.push(url);
      await Promise.resolve();
      const answer = answers[url];
      if (answer instanceof Response) return answer.clone();
      if (typeof answer === "function") return (answer as () => Promise<Response>)();
      if (answer === undefined) return new Response("no", { status: 404 });
      return Response.json(answer);
    },
  };
}

/** Directories over a fake network, with a clock that the test moves. */
export function directories(
  answers: Readonly<Record<string, unknown>>,
  options: Partial<DirectoryOptions> = {},
) {
  const network = fakeNetwork(answers);
  const clock = { now: NOW };
  const source = new Directories({
    fetch: network.fetch,
    now: () => clock.now,
    allow: [AGENT],
    ...options,
  });
  const { isAllowed, isFetchable, isListed, forRequest } = source;
  const keys = {
    isAllowed,
    isFetchable,
    isListed,
    forRequest,
    ...forRequest({}),
    prefetch: () => source.prefetch(),
    describe: () => source.describe(),
  };
  return { keys, clock, asked: network.asked };
}

const PAGE = { method: "GET", url: "https://site.example/page?a=1" };
const SIGNING = { agent: AGENT, created: NOW - 10, expires: NOW + 290 };

export function sign(
  keys: Keys,
  options: Partial<Parameters<typeof signMessage>[2]> = {},
  request: Partial<Parameters<typeof signMessage>[0]> = {},
) {
  return signMessage({ ...PAGE, ...request }, keys.privateJwk, { ...SIGNING, ...options });
}

/** Signs as other agents may. */
export function signAs(
  keys: Keys,
  options: Partial<Parameters<typeof signOther>[2]>,
  request: Partial<Parameters<typeof signOther>[0]> = {},
) {
  return signOther({ ...PAGE, ...request }, keys.privateJwk, { ...SIGNING, ...options });
}
