import { parseJson } from "../../http/json.ts";
import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import {
  staticKeys,
  verifyMessage,
  type KeySource,
  type SignedMessage,
} from "../../agent/web-bot-auth/index.ts";
import { parseRequestLine, type DescribedRequest } from "./request-line.ts";
import { settingsOf } from "./settings.ts";
import { readText } from "../rules-file.ts";
import { now } from "../../timing/duration.ts";
import { parseOptions, UsageError, wrongValue, type Command } from "../usage.ts";

/** `wayleave verify`: verifies Web Bot Auth signatures offline. */
export const verify: Command = {
  summary: "verifies signed requests (Web Bot Auth), offline",
  help: `wayleave verify [--keys FILE] [--rules FILE] [--now N] [--max-age TIME] [--skew TIME]
                [--allow-test-keys] [--dev]

Reads requests as JSON Lines from standard input, and prints one verdict for each line:
  {"id","method","url","headers":[[name,value],…],"now"?,"body"?}
  {"id","verdict","reason","label","keyid","agent"}
It gives the verdict that the proxy would give, without a fetch. A covered Content-Digest is compared
with "body" (text), if the line has it. docs/identity.md lists the reasons. A verdict is "verified", "unverified" or "invalid"; for a
malformed line it is "error", with the reason in "message". Unknown values are null.

  --keys FILE         a JWKS for every agent, or an object from agent URL to JWKS
  --now N             the time, in seconds since the epoch (default: the clock, or a line's "now")
  --rules FILE        uses the options under "agents" of a rules file, e.g. which directories count
  --max-age TIME      the longest lifetime of a signature, e.g. 86400 or 24h (default: 24h)
  --skew TIME         how far in the future a signature may be made (default: 60s)
  --allow-test-keys   accepts published test keys
  --dev               accepts test keys, and agents at http URLs of this machine

Exit code 1 if any request is not verified, 2 if the keys can't be read.
`,
  async run({ argv, input, out }) {
    const values = parseOptions(argv, {
      keys: { type: "string" },
      now: { type: "string" },
      rules: { type: "string" },
      "max-age": { type: "string" },
      skew: { type: "string" },
      "allow-test-keys": { type: "boolean", default: false },
      dev: { type: "boolean", default: false },
    });
    const settings = settingsOf({
      ...values,
      maxAge: values["max-age"],
      allowTestKeys: values["allow-test-keys"],
    });
    const fixed = values.now === undefined ? undefined : readNow(values.now);
    const given = await readKeys(values.keys, settings.allowTestKeys === true);
    const { pinned } = settings;
    const keys = pinned === undefined ? given : { ...given, findPinned: pinned.find };
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
      const time = request.now ?? fixed ?? now();
      const { verdict, reason, ...known } = await verifyMessage(messageOf(request), keys, {
        ...settings,
        now: time,
      });
      failed ||= verdict !== "verified";
      const { label = null, keyid = null, agent = null } = known;
      out(`${JSON.stringify({ id: request.id, verdict, reason, label, keyid, agent })}\n`);
    }
    return failed ? 1 : 0;
  },
};

function messageOf({ method, url, target, fields, content }: DescribedRequest): SignedMessage {
  return {
    method,
    url,
    rawTarget: target,
    field: (name) => fields.get(name),
    ...(content === undefined ? {} : { content }),
  };
}

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
