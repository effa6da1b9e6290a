import { FEATURES } from "../../features.ts";
import { loadRules } from "../../rules/load.ts";
import { runOffline } from "../../simulate/run.ts";
import { now } from "../../timing/duration.ts";

const RULES = `{ "publicOrigin": "https://a.invalid", "defaults": {
  "access": { "action": "allow" }, "documents": true, "canonicalRedirect": true, "markdown": true,
  "compression": true, "cache": true } }`;
const PAGE = "<!doctype html><title>A page</title><main><h1>A page</h1><p>Some text.</p></main>";

/** Requests that need most of the code: a page, its markdown, and a list. */
const REQUESTS = [
  ["/", "text/html", 200],
  ["/", "text/markdown", 200],
  ["/llms.txt", "*/*", 404],
] as const;

/**
 * Runs requests through another proxy in memory, so that the code is compiled: the first clients
 * would wait for it, each for up to 20 ms, and all others with them. Never rejects.
 */
export async function warmUp(): Promise<void> {
  const options = { ...loadRules(RULES, "rules", "[]", () => undefined, FEATURES), now };
  const content = new TextEncoder().encode(PAGE);
  for (const [target, accept, status] of REQUESTS) {
    const fields = [
      ["accept", accept],
      ["accept-encoding", "gzip, br"],
      ["user-agent", "Mozilla/5.0"],
    ] as const;
    const request = { method: "GET", scheme: "https", host: "a.invalid", target, fields };
    const type = [["content-type", "text/html"]] as const;
    await runOffline(options, request, { status, fields: type, content }).catch(() => {});
  }
}
