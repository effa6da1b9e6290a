import { parseJson } from "../../http/json.ts";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { staticKeys, verifyMessage, type KeySource } from "../../agent/web-bot-auth/index.ts";
import { parseRequestLine } from "./request-line.ts";
import { readText } from "../rules-file.ts";
import { now } from "../../timing/duration.ts";
import { parseOptions, UsageError, wrongValue, type Command } from "../usage.ts";

/** `wayleave verify`: verifies Web Bot Auth signatures offline. */
export const verify: Command = {
  summary: "verifies signed requests (Web Bot Auth), offline",
  help: `wayleave verify [--keys FILE] [--now N] [--allow-test-keys]

Reads requests as JSON Lines from standard input, and prints one verdict for each line:
  {"id","method","url","headers":[[name,value],…],"now"?}
  {"id","verdict","reason","label","keyid","agent"}
docs/identity.md lists the reasons. A verdict is "verified", "unverified" or "invalid"; for a
malformed line it is "error", with the reason in "message". Unknown values are null.

  --keys FILE         a JWKS for every agent, or an object from agent URL to JWKS
  --now N             the time, in seconds since the epoch (default: the clock, or a line's "now")
  --allow-test-keys   accepts published test keys

Exit code 1 if any request is not verified, 2 if the keys can't be read.
`,
  async run({ argv, input, out }) {
    const values = parseOptions(argv, {
      keys: { type: "string" },
      now: { type: "string" },
      "allow-test-keys": { type: "boolean", default: false },
    });
    const allowTestKeys = values["allow-test-keys"];
    const fixed = values.now === undefined ? undefined : readNow(values.now);
    const keys = await readKeys(values.keys, allowTestKeys);
    let failed = false;
    let number = 0;
    const lines = createInterface({ input: Readable.from(input), crlfDelay: Infinity });
    for await (const line of lines) {
      number++;
      if (line.trim() === "") continue;
      const request = parseRequestLine(line);
      if (request.kind === "malformed") {
        const message = `line ${number}: ${request.message}`;
        const record = { id: request.id, verdict: "error", reason: "malformed-line" };
        out(`${JSON.stringify({ ...record, ...NOTHING_KNOWN, message })}\n`);
        failed = true;
        continue;
      }
      const { method, url, fields } = request;
      const message = { method, url, field: (name: string) => fields.get(name) };
      const { verdict, reason, ...known } = await verifyMessage(message, keys, {
        now: request.now ?? fixed ?? now(),
        allowTestKeys,
        // All keys are given, so that nothing is fetched.
        isAllowed: () => true,
      });
      failed ||= verdict !== "verified";
      const { label = null, keyid = null, agent = null } = known;
      out(`${JSON.stringify({ id: request.id, verdict, reason, label, keyid, agent })}\n`);
    }
    return failed ? 1 : 0;
  },
};

const NOTHING_KNOWN = { label: null, keyid: null, agent: null };

function readNow(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw wrongValue("--now", "a number of seconds since the epoch", text);
}

async function readKeys(path: string | undefined, allowTestKeys: boolean): Promise<KeySource> {
  const text = path === undefined ? "{}" : readText(path);
  if (text === undefined) throw new UsageError(`can't read the key file ${path}`);
  const keys = await staticKeys(parseJson(text), { allowTestKeys });
  if (keys === undefined) {
    throw new UsageError(`${path} must contain a JWKS, or an object from agent URL to JWKS`);
  }
  return keys;
}
