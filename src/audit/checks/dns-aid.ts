import { isObject } from "../../http/json.ts";
import { parseDocument } from "../parse-document.ts";
import { within } from "../../timing/timeout.ts";
import type { AuditCheck, CheckContext } from "../check.ts";
import { notApplicable, unableToCheck } from "../model.ts";
import { textOf, type AuditReply } from "../reply.ts";

/** Milliseconds for all requests to the name server. */
const WAIT = 3000;

/** SVCB and HTTPS (RFC 9460). */
const TYPES = { SVCB: 64, HTTPS: 65 } as const;
const LABELS = ["_index._agents", "_a2a._agents"];

/** DNS records are out of a proxy's reach, so their absence is no failure. */
export const dnsAid: AuditCheck = {
  id: "dnsAid",
  category: "discoverability",
  title: "DNS records for agents (DNS-AID)",
  goal: "name the site's agents in DNS",
  specs: [
    "https://datatracker.ietf.org/doc/draft-mozleywilliams-dnsop-dnsaid/",
    "https://www.rfc-editor.org/rfc/rfc9460",
  ],
  guide: "dns-aid",
  async run(context) {
    const { hostname } = context.site.home;
    if (context.dns === undefined) return unableToCheck("no name server is asked");
    if (!isPublicName(hostname)) return notApplicable(`${hostname} is no public host name`);
    const queries = LABELS.flatMap((label) =>
      Object.keys(TYPES).map((type) =>
        ask(context, `${label}.${hostname}`, type as keyof typeof TYPES),
      ),
    );
    const answers = await within(WAIT, Promise.all(queries), () => undefined);
    if (answers === undefined)
      return unableToCheck(`the name server took longer than ${WAIT / 1000} seconds`);
    const records = answers.flatMap((answer) => answer?.records ?? []);
    if (records.length > 0) {
      const isAuthentic = answers.some(
        (answer) => answer?.isAuthentic === true && answer.records.length > 0,
      );
      context.trail.note(
        "validate",
        "DNSSEC",
        isAuthentic ? "positive" : "neutral",
        isAuthentic ? "authenticated" : "not authenticated",
      );
      return {
        status: "pass",
        message: "DNS-AID records found",
        details: { records, isAuthentic },
      };
    }
    if (answers.includes(undefined)) return unableToCheck("the name server gave no answer");
    return notApplicable("DNS names no agents of this host, and a proxy can't add records");
  },
};

function isPublicName(host: string): boolean {
  const isAddress = /^\[|^[\d.]+$/.test(host);
  return (
    !isAddress &&
    host.includes(".") &&
    !/\.(?:localhost|local|internal|test|invalid|example|lan|home\.arpa)$/i.test(host)
  );
}

interface DnsRecords {
  readonly records: readonly string[];
  readonly isAuthentic: boolean;
}

async function ask(
  { site, trail, dns = "" }: CheckContext,
  name: string,
  type: keyof typeof TYPES,
): Promise<DnsRecords | undefined> {
  const url = new URL(dns);
  url.searchParams.set("name", name);
  url.searchParams.set("type", type);
  url.searchParams.set("do", "1");
  const reply: AuditReply = await site.getElsewhere(url.href, "application/dns-json");
  const value =
    reply.kind === "response" && reply.status === 200 ? parseDocument(textOf(reply)) : undefined;
  const status = isObject(value) ? value["Status"] : undefined;
  // RFC 1035 §4.1.1: 0 is an answer, 3 says that the name does not exist.
  if (!isObject(value) || (status !== 0 && status !== 3)) {
    trail.fetched(reply, `no answer for ${type} of ${name}`, "neutral");
    return undefined;
  }
  const list = Array.isArray(value["Answer"]) ? value["Answer"] : [];
  const records = list.flatMap((each: unknown) => {
    const isOne =
      isObject(each) && each["type"] === TYPES[type] && typeof each["data"] === "string";
    return isOne ? [`${type} ${String(each["data"]).slice(0, 300)}`] : [];
  });
  trail.fetched(
    reply,
    `${records.length} records ${type} of ${name}`,
    records.length > 0 ? "positive" : "neutral",
  );
  return { records, isAuthentic: value["AD"] === true };
}
