import { parseDictionary } from "structured-headers";
import { isRegistrable } from "../../http/cache-control.ts";
import { parseLinks } from "../../http/link.ts";
import { advise } from "../check.ts";
import { notApplicable, unableToCheck } from "../model.ts";
import type { AuditResponse } from "../reply.ts";
import { ownScripts } from "./cache-codings.ts";
import type { FurtherCheck, FurtherContext } from "./further-check.ts";

const goal = "let returning clients download only the difference of bundles (RFC 9842)";

/** Bundles that are requested. */
const MOST = 3;

export const dictionaries: FurtherCheck = {
  id: "dictionaries",
  title: "Compression dictionaries",
  goal,
  async run(context) {
    const { site } = context;
    const bundles = ownScripts(context).slice(0, MOST);
    const hasLink = parseLinks(site.homeReply.fields.get("link")).some(({ rel }) =>
      rel.includes("compression-dictionary"),
    );
    if (bundles.length === 0 && !hasLink)
      return notApplicable("the home page has no script of the site");
    const found = [];
    for (const target of bundles) found.push(await tryBundle(context, target));
    const known = found.filter((each) => each !== undefined);
    if (known.length === 0) return unableToCheck("no script could be read");
    const details = { bundles: known };
    const offered = known.filter((each) => each.isOffered);
    if (offered.length === 0) {
      return {
        status: "neutral",
        message: "no script offers itself as a dictionary; that is an optimization, and no fault",
        details,
      };
    }
    const faulty = offered.find((each) => each.fault !== undefined);
    if (faulty === undefined)
      return {
        status: "pass",
        message: `${offered.length} scripts are offered as dictionaries, can be registered, and are used`,
        details,
      };
    return {
      status: "fail",
      message: `${faulty.target}: ${faulty.fault}`,
      details,
      advice: advise(site, goal, {
        rules: {
          rules: [
            {
              name: "bundles",
              match: { path: "/assets/*" },
              compression: { dictionary: { match: "/assets/*.js", keepFor: "30d" } },
            },
          ],
        },
        origin:
          "Send Use-As-Dictionary with a match that fits the next version's address, and a freshness in Cache-Control; answer Available-Dictionary with dcb or dcz, and name both request fields in Vary.",
      }),
    };
  },
};

interface Bundle {
  readonly target: string;
  readonly isOffered: boolean;
  /** Undefined if a client can register and use the dictionary. */
  readonly fault: string | undefined;
}

async function tryBundle(
  { site, trail }: FurtherContext,
  target: string,
): Promise<Bundle | undefined> {
  const headers = { "accept-encoding": "gzip, br, dcb, dcz", "sec-fetch-dest": "script" };
  const whole = await site.get(target, { headers });
  trail.fetched(whole);
  if (whole.kind === "none" || whole.status !== 200) return undefined;
  const offer = whole.fields.get("use-as-dictionary");
  if (offer === undefined) return { target, isOffered: false, fault: undefined };
  const unfit = unregistrable(whole, offer, new URL(target, site.origin));
  trail.note(
    "validate",
    "Use-As-Dictionary",
    unfit === undefined ? "positive" : "negative",
    unfit ?? offer,
  );
  if (unfit !== undefined) return { target, isOffered: true, fault: unfit };
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new Uint8Array(whole.content)),
  );
  const available = `:${btoa(String.fromCharCode(...digest))}:`;
  const again = await site.get(target, {
    headers: {
      "accept-encoding": "dcb, dcz",
      "available-dictionary": available,
      "sec-fetch-dest": "script",
    },
  });
  trail.fetched(again, "with Available-Dictionary", "neutral");
  if (again.kind === "none" || again.status !== 200)
    return {
      target,
      isOffered: true,
      fault: "a request with Available-Dictionary gets no content",
    };
  const coding = again.fields.get("content-encoding") ?? "identity";
  const isUsed = coding === "dcb" || coding === "dcz";
  return {
    target,
    isOffered: true,
    fault: isUsed ? undefined : `a request with Available-Dictionary gets ${coding}`,
  };
}

/** The reason why a client does not register a dictionary (RFC 9842 §2.1); undefined if it does. */
function unregistrable(reply: AuditResponse, offer: string, url: URL): string | undefined {
  const isLocal = /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(url.hostname);
  if (url.protocol !== "https:" && !isLocal) return "dictionaries are registered on https only";
  if (!isRegistrable(reply.fields, Date.now() / 1000))
    return "the response has no freshness, so clients do not store it";
  let match: unknown;
  try {
    match = parseDictionary(offer).get("match")?.[0];
  } catch {
    return "Use-As-Dictionary is no structured field";
  }
  if (typeof match !== "string" || match === "") return "Use-As-Dictionary has no match";
  if (match.includes("("))
    return "its match has groups of regular expressions, which clients refuse";
  const pattern = URL.parse(match.replaceAll("*", "x"), url.href);
  return pattern?.origin === url.origin ? undefined : "its match is on another origin";
}
