import { advise } from "../check.ts";
import { unableToCheck } from "../model.ts";
import type { AuditReply } from "../reply.ts";
import { ACCEPT_HTML } from "../site.ts";
import { askAnew, cacheStateOf, inventTarget, lacksVary } from "./asked.ts";
import type { FurtherCheck, FurtherContext } from "./further-check.ts";

const goal = "let caches in front tell content codings apart";

const ORDER = ["identity", "gzip", "br", "identity", "gzip", "br"] as const;

export const cacheCodings: FurtherCheck = {
  id: "cacheCodings",
  title: "Caches and Accept-Encoding",
  goal,
  async run(context) {
    const targets = ["/", ...ownScripts(context).slice(0, 1)];
    const faults = new Set<string>();
    const codings = new Set<string>();
    for (const target of targets) {
      const sequences = [
        [target, ORDER],
        [inventTarget(target, context.invent), ORDER.toReversed()],
      ] as const;
      for (const [address, order] of sequences) {
        for (const found of await askCodings(context, address, order)) {
          if ("fault" in found) faults.add(`${target}: ${found.fault}`);
          else codings.add(found.coding);
        }
      }
    }
    const [first] = faults;
    if (first === undefined) {
      if (codings.size === 0) return unableToCheck("no content could be read");
      return {
        status: "pass",
        message: `each request got a coding that it accepts: ${[...codings].join(", ")}`,
      };
    }
    return {
      status: "fail",
      message: first,
      details: { faults: [...faults] },
      advice: advise(context.site, goal, {
        rules: { defaults: { compression: true } },
        origin:
          "Send Vary: Accept-Encoding with all content that is served in several codings, and let caches in front obey it. Never send a coding that the request does not accept (RFC 9110 §12.5.3).",
      }),
    };
  },
};

type Found = { readonly fault: string } | { readonly coding: string };

async function askCodings(
  context: FurtherContext,
  target: string,
  order: readonly string[],
): Promise<readonly Found[]> {
  const found: Found[] = [];
  const coded: Extract<AuditReply, { kind: "response" }>[] = [];
  for (const wanted of order) {
    const options = { accept: ACCEPT_HTML, headers: { "accept-encoding": wanted } };
    const reply = await askAnew(context, target, options, wanted);
    if (reply.kind === "none" || reply.status !== 200) continue;
    coded.push(reply);
    const coding = reply.fields.get("content-encoding")?.trim().toLowerCase() ?? "identity";
    const state = cacheStateOf(reply);
    const from = state === undefined ? "" : ` (${state})`;
    if (coding !== "identity" && coding !== wanted) {
      found.push({ fault: `a request that accepts ${wanted} gets ${coding}${from}` });
    } else if (reply.isCut && reply.content.length === 0 && reply.sentBytes > 0) {
      found.push({
        fault: `the content with Content-Encoding: ${coding} is not in this coding, or longer than 2 MiB`,
      });
    } else found.push({ coding });
  }
  const kinds = new Set(coded.map(({ fields }) => fields.get("content-encoding") ?? "identity"));
  const silent = coded.find((reply) => lacksVary(reply, "accept-encoding"));
  if (kinds.size > 1 && silent !== undefined) {
    const name = silent.fields.get("content-encoding") ?? "identity";
    found.push({ fault: `Vary of ${name} does not name Accept-Encoding, and caches may store it` });
  }
  return found;
}

/** Targets of the home page's scripts on the site. */
export function ownScripts({ site }: Pick<FurtherContext, "site">): readonly string[] {
  return site.homePage.scripts.flatMap((source) => {
    const url = URL.parse(source, site.home.href);
    return url?.origin === site.origin ? [url.pathname + url.search] : [];
  });
}
